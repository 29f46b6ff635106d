//! Making a workspace ready to be mounted in a container.

use std::{fs::File, sync::Arc};

use nix::unistd::geteuid;

use super::{
    Workspace,
    delete::{blocking, delete_disk, unmount},
    disk::Disk,
    host::HostWorkspace,
    limit::Enforcement,
    volume,
};
use crate::{
    engine::{Engine, container::Container},
    error::{Code, Error, Result},
    site::{Definition, Locked},
};

/// A workspace that is ready to be mounted.
pub struct Prepared {
    /// What keeps it within its limit.
    pub enforcement: Enforcement,
    /// Its disk was not mounted until now, so a container that already runs does not see it.
    pub mounted_anew: bool,
    /// Its disk was made just now.
    pub(super) made: bool,
    /// It was to have a disk, but this machine does not allow that.
    pub(super) refused: bool,
}

impl Prepared {
    pub(super) fn new(enforcement: Enforcement) -> Self {
        Self { enforcement, mounted_anew: false, made: false, refused: false }
    }

    /// Whether it is a disk that this process mounted.
    pub fn is_disk(&self) -> bool {
        matches!(self.enforcement, Enforcement::Hard(_))
    }

    /// Deletes a disk that was made just now and that the container does not see.
    ///
    /// # Errors
    /// `FILE_ERROR` for a disk that existed before, because the files of the sandbox are on it.
    pub async fn give_up_disk(&self, disk: Disk, lock: &File) -> Result<()> {
        match self.enforcement {
            Enforcement::Hard(_) if self.made => delete_disk(disk, lock).await,
            Enforcement::Hard(_) => Err(Error::new(
                Code::FileError,
                "the files of the sandbox are on a disk image, and the engine does not see what this process mounts",
            )
            .hint("use the sandbox from where it was used before: the engine's machine and mount namespace")),
            Enforcement::None | Enforcement::Soft(_) => Ok(()),
        }
    }
}

/// Prepares the workspace of a sandbox, with a disk if it has a limit and this machine allows one.
///
/// # Errors
/// `DISK_LIMIT` when the host has no room, `FILE_ERROR`, `CONFLICT`, and those of any call.
pub async fn prepare(
    locked: &Locked,
    workspace: &Workspace,
    existing: Option<&Container>,
) -> Result<Prepared> {
    let Locked { definition, engine, directory, lock } = locked;
    let Definition { id, options, site } = definition;
    if options.workspace_dir.is_some() {
        return Ok(Prepared::new(Enforcement::None));
    }
    if let Workspace::Volume(name) = workspace {
        volume::create(engine, directory, id, name).await?;
        return Ok(Prepared::new(Enforcement::of(options, directory, id)?));
    }
    let running = existing.filter(|container| container.state.is_up());
    let disk = Disk::of(directory, id);
    if disk.is_broken() {
        if let Some(container) = running {
            engine.kill_container(&container.id).await?;
        }
        unmount(disk, lock).await?;
    }
    let wanted = HostWorkspace {
        limit: options.disk,
        // A running container would go on using the plain directory below the disk.
        may_make_disk: running.is_none() && geteuid().is_root() && !site.learned.shares_disks.is_false(),
        // Files that do not outlive their process need not survive a crash of the host.
        journal: !options.lifetime.is_tethered(),
        user: options.user.ids(),
    };
    let (directory, id) = (Arc::clone(directory), id.clone());
    let prepared = blocking(lock, move || wanted.prepare(&directory, &id)).await?;
    if prepared.refused {
        site.learned.shares_disks.learn(false);
    }
    Ok(prepared)
}

/// Whether a container that was just started sees the disk of its sandbox. It does not if the engine does not see what
/// this process mounts.
///
/// # Errors
/// `SANDBOX_LOST` when the container has ended; those of any call.
pub async fn sees_disk(
    definition: &Definition,
    engine: &Engine,
    container: &str,
    prepared: &Prepared,
    disk: &Disk,
) -> Result<bool> {
    let learned = &definition.site.learned;
    if !prepared.is_disk() || learned.shares_disks.is_true() {
        return Ok(true);
    }
    let found = engine.find_container(container).await?;
    let pid = found.and_then(|container| container.pid);
    let pid =
        pid.ok_or_else(|| Error::new(Code::SandboxLost, "the container ended right after its start"))?;
    let sees = disk.is_in(pid);
    learned.shares_disks.learn(sees);
    if sees {
        learned.shares_directory.learn(true);
    }
    Ok(sees)
}
