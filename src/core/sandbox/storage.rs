//! Where the files of a sandbox are kept, and what keeps them within their limit.

mod wish;

use std::{fs::File, io, sync::Arc};

use nix::unistd::geteuid;
use tokio::task::spawn_blocking;
use wish::Wish;

use super::{
    context::Context,
    directory::{DataDirectory, disk_failed},
    disk::Disk,
    enforcement::Enforcement,
    id::SandboxId,
    options::WorkspaceOption,
    workspace::Workspace,
};
use crate::{
    engine::{Engine, container::Container},
    error::{Code, Error, Result},
    label,
};

/// A workspace that is ready to be mounted in a container.
pub struct Storage {
    /// What keeps it within its limit.
    pub enforcement: Enforcement,
    /// Its disk was not in use before: a container that runs can't have it.
    pub mounted_anew: bool,
    /// Its disk was made just now.
    made: bool,
    /// It was to have a disk, which this machine does not allow.
    refused: bool,
}

impl Storage {
    fn new(enforcement: Enforcement) -> Self {
        Self { enforcement, mounted_anew: false, made: false, refused: false }
    }

    /// Deletes a disk that was made just now and that the container does not have.
    ///
    /// # Errors
    /// `FILE_ERROR` for one that was there before: the files of the sandbox are in it.
    pub async fn forgo(&self, disk: Disk, lock: &File) -> Result<()> {
        match self.enforcement {
            Enforcement::Hard(_) if self.made => delete_disk(disk, lock).await,
            Enforcement::Hard(_) => Err(Error::new(
                Code::FileError,
                "the files of the sandbox are on a disk, and the engine does not see what this process mounts",
            )
            .hint("use the sandbox from where it was used before, in the engine's mount namespace")),
            Enforcement::None | Enforcement::Soft(_) => Ok(()),
        }
    }
}

impl Context {
    /// How the workspace is kept: as asked for; when that is left open, as it was, or as is possible.
    pub(super) fn workspace(
        &self,
        directory: &DataDirectory,
        id: &SandboxId,
        existing: Option<&Container>,
    ) -> Workspace {
        if let Some(path) = &self.options.workspace_dir {
            return Workspace::Bind(path.clone());
        }
        match self.options.workspace {
            WorkspaceOption::Bind => Workspace::bind(directory, id),
            WorkspaceOption::Volume => Workspace::volume(directory, id),
            WorkspaceOption::Auto => match existing {
                Some(container) => {
                    Workspace::from_label(directory, id, container.labels.get(label::WORKSPACE))
                }
                None if self.shared.shares_directory.get() == Some(&false) => {
                    Workspace::volume(directory, id)
                }
                None => Workspace::bind(directory, id),
            },
        }
    }

    /// Makes what is to be mounted in the container of a sandbox, within its limit where that can be. `lock` is the right to
    /// do so, which lasts until it is done, also when nobody waits for it any more.
    ///
    /// # Errors
    /// `DISK_LIMIT` when the host has no room, `FILE_ERROR`, `CONFLICT`, and those of any call.
    pub(super) async fn storage(
        &self,
        engine: &Engine,
        directory: &Arc<DataDirectory>,
        id: &SandboxId,
        workspace: &Workspace,
        existing: Option<&Container>,
        lock: &File,
    ) -> Result<Storage> {
        if self.options.workspace_dir.is_some() {
            return Ok(Storage::new(Enforcement::None));
        }
        if let Workspace::Volume(name) = workspace {
            Workspace::make_volume(engine, directory, id, name).await?;
            return Ok(Storage::new(Enforcement::of(&self.options, directory, id)?));
        }
        let running = existing.filter(|container| container.state.is_up());
        let disk = directory.disk(id);
        if disk.is_broken() {
            if let Some(container) = running {
                engine.kill_container(&container.id).await?;
            }
            unmount(disk, lock).await?;
        }
        let wish = Wish {
            limit: self.options.disk,
            // What runs in a plain directory would go on in it, below the disk.
            may_make: running.is_none()
                && geteuid().is_root()
                && self.shared.shares_disks.get() != Some(&false),
            // What goes with its process goes with its host.
            journal: !self.options.is_ephemeral(),
            user: self.options.ids(),
        };
        let (directory, id) = (Arc::clone(directory), id.clone());
        let storage = blocking(lock, move || wish.prepare(&directory, &id)).await?;
        if storage.refused {
            self.learn_of_disks(false);
        }
        Ok(storage)
    }

    /// Whether a container that was started just now has the disk of its sandbox: not so when the engine does not see what this
    /// process mounts. It is remembered.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the container has ended; those of any call.
    pub(super) async fn has_disk(
        &self,
        engine: &Engine,
        container: &str,
        storage: &Storage,
        disk: &Disk,
    ) -> Result<bool> {
        let is_hard = matches!(storage.enforcement, Enforcement::Hard(_));
        if !is_hard || self.shared.shares_disks.get() == Some(&true) {
            return Ok(true);
        }
        let found = engine.find_container(container).await?;
        let pid = found.and_then(|container| container.pid);
        let pid =
            pid.ok_or_else(|| Error::new(Code::SandboxLost, "the container ended as it was started"))?;
        let has = disk.is_in(pid);
        self.learn_of_disks(has);
        if has {
            self.learn_of_directory(true);
        }
        Ok(has)
    }

    /// Whether the first container must be asked whether it sees the data directory.
    pub(super) fn must_probe(&self, workspace: &Workspace, storage: &Storage) -> bool {
        self.options.workspace == WorkspaceOption::Auto
            && self.options.workspace_dir.is_none()
            && matches!(workspace, Workspace::Bind(_))
            && !matches!(storage.enforcement, Enforcement::Hard(_))
            && self.shared.shares_directory.get().is_none()
    }

    /// Whoever learns it first is right.
    fn learn_of_disks(&self, shared: bool) {
        let _ = self.shared.shares_disks.set(shared);
    }

    /// Whoever learns it first is right.
    pub(super) fn learn_of_directory(&self, shared: bool) {
        let _ = self.shared.shares_directory.set(shared);
    }

    /// Unmounts the disk of a sandbox, unless its container runs.
    ///
    /// # Errors
    /// `FILE_ERROR`, and those of any call.
    pub(super) async fn put_away(
        &self,
        engine: &Engine,
        directory: &DataDirectory,
        id: &SandboxId,
        lock: &File,
    ) -> Result<()> {
        let disk = directory.disk(id);
        let is_mounted = disk.limit().and_then(|limit| Ok(limit.is_some() && disk.is_mounted()?));
        if !is_mounted.map_err(|error| disk_failed("look at", &disk, &error))? {
            return Ok(());
        }
        let container = engine.find_container(&directory.container_name(id)).await?;
        if container.is_some_and(|container| container.state.is_up()) {
            return Ok(());
        }
        unmount(disk, lock).await
    }

    /// Whether the engine refused a mount because it does not see the host's directory.
    pub(super) fn engine_lacks_source(&self, workspace: &Workspace, error: &Error) -> bool {
        self.options.workspace == WorkspaceOption::Auto
            && self.options.workspace_dir.is_none()
            && matches!(workspace, Workspace::Bind(_))
            && error.message().contains("bind source path does not exist")
    }
}

/// Unmounts a disk, so that it takes nothing of the host's; one that somebody on the host looks into stays.
///
/// # Errors
/// `FILE_ERROR`.
pub(super) async fn unmount(disk: Disk, lock: &File) -> Result<()> {
    blocking(lock, move || match disk.unmount() {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Ok(()),
        outcome => outcome.map_err(|error| disk_failed("unmount", &disk, &error)),
    })
    .await
}

/// Deletes the disk of a sandbox that has no container; one that is not there is fine.
///
/// # Errors
/// `FILE_ERROR`.
pub(super) async fn delete_disk(disk: Disk, lock: &File) -> Result<()> {
    blocking(lock, move || disk.delete().map_err(|error| disk_failed("delete", &disk, &error))).await
}

/// Does what blocks, with the lock of the sandbox held until it is done.
async fn blocking<T: Send + 'static>(
    lock: &File,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let internal = |message: String| Error::new(Code::Internal, message);
    let lock = lock.try_clone().map_err(|error| internal(error.to_string()))?;
    let done = spawn_blocking(move || {
        let done = work();
        drop(lock);
        done
    });
    done.await.map_err(|panic| internal(panic.to_string()))?
}
