//! Tasks: a container of its own for one command, gone afterwards whatever happens.

use std::{
    collections::BTreeMap,
    fs, io, mem,
    os::unix::fs::{MetadataExt, lchown},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use cofferdam_protocol::process::Command;
use futures_util::{StreamExt, stream};
use tokio::task::spawn_blocking;

use super::{
    copy::Packed,
    directory::failed,
    exec::{ExecResult, aborted_before_start},
    handle::Sandbox,
    id::SandboxId,
    job::ExecOptions,
    options::{Ids, Options, User},
    registry::Sandboxes,
};

use crate::{
    Archive,
    error::{Code, Error, Result},
    hex::random_hex,
    label, runtime,
};

/// How many leftovers are removed at once.
const AT_ONCE: usize = 8;

/// What is nobody's to work in, and what lies below.
const FORBIDDEN: [&str; 12] =
    ["/proc", "/sys", "/dev", "/run", "/var/run", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot"];

/// What stands around a task.
#[derive(Debug, Default)]
pub enum Isolation {
    /// A container of its own.
    #[default]
    Docker,
    /// Nothing: it is a process of this host.
    Host {
        /// What of this process's environment it gets.
        environment: BTreeMap<String, String>,
    },
}

/// A command of its own.
#[derive(Debug, Default)]
pub struct Task {
    /// What stands around it.
    pub isolation: Isolation,
    /// The image; that of the options when not given. On the host there is none.
    pub image: Option<String>,
    /// A directory of the host to work in; a new one that is deleted afterwards when not given.
    pub workspace_dir: Option<PathBuf>,
    /// What is unpacked into the workspace before the files are written.
    pub archive: Option<Archive>,
    /// Files that are there before the command runs.
    pub files: Vec<(String, Bytes)>,
}

/// How a task ended.
#[derive(Debug)]
pub struct TaskResult {
    /// How its command ended.
    pub exec: ExecResult,
    /// The container, which is gone, if there was one.
    pub container_id: Option<String>,
    /// What could not be removed: a later sweep will.
    pub leftover: Option<Error>,
}

impl Sandboxes {
    /// Runs a command by itself: in a container, which is gone afterwards, or on the host. So is its directory. It is seen
    /// to its end and cleaned up also when the caller leaves; who wants to end it cancels.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a directory that is none to work in; as [`Sandbox::exec`]. On the host nothing is asked of an
    /// engine.
    pub async fn run_task(
        self: Arc<Self>,
        mut task: Task,
        command: Command,
        exec: ExecOptions,
    ) -> Result<TaskResult> {
        self.check_open()?;
        let run = runtime::spawn(async move {
            match mem::take(&mut task.isolation) {
                Isolation::Docker => self.task(task, command, exec).await,
                Isolation::Host { environment } => self.host_task(task, environment, command, exec).await,
            }
        });
        let run = run.ok_or_else(|| Error::new(Code::Internal, "the system gives no thread to work on"))?;
        run.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?
    }

    async fn task(&self, task: Task, command: Command, exec: ExecOptions) -> Result<TaskResult> {
        let random = random_hex().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let id = SandboxId::try_from(format!("task-{random}"))?;
        let mut options = self.context().options.clone();
        options.image = task.image.unwrap_or(options.image);
        let packed = open(task.archive).await?;
        let own = task.workspace_dir.is_none();
        if let Some(path) = task.workspace_dir {
            let user = options.user;
            let resolved = spawn_blocking(move || {
                let path = workspace_dir(&path)?;
                let user = owner(&path, user)?;
                Ok((path, user))
            });
            let resolved = resolved.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?;
            let (path, user) = resolved?;
            options.user = user;
            options.workspace_dir = Some(path);
        }
        let sandbox = self.get_as(&id, options)?;
        let outcome = run(&sandbox, packed, &task.files, command, exec).await;
        let removed = sandbox.remove(own).await;
        self.forget(&sandbox);
        let (container_id, exec) = outcome?;
        Ok(TaskResult { exec, container_id: Some(container_id), leftover: removed.err() })
    }

    /// Removes what tasks of processes that died have left; their ids.
    ///
    /// # Errors
    /// Those of the engine; `FILE_ERROR`.
    pub async fn sweep_tasks(&self) -> Result<Vec<String>> {
        self.check_open()?;
        let (engine, directory) = tokio::try_join!(self.context().engine(), self.context().directory())?;
        let containers = engine.containers_with_label(label::NAMESPACE, Some(directory.namespace())).await?;
        let of_containers =
            containers.into_iter().filter_map(|mut container| container.labels.remove(label::SANDBOX));
        let mut ids = directory.workspaces()?;
        ids.extend(directory.disks()?);
        ids.extend(of_containers.filter_map(|id| SandboxId::try_from(id).ok()));
        ids.sort();
        ids.dedup();
        let sweeps: Vec<_> = ids
            .into_iter()
            .map(|id| {
                let (context, engine, directory) =
                    (self.context().clone(), engine.clone(), directory.clone());
                async move {
                    let Some(lock) = directory.try_creation(&id)? else { return Ok(None) };
                    if directory.is_leased(&id)? {
                        return Ok(None);
                    }
                    context.remove_locked(&engine, &directory, &id, true, &lock).await?;
                    Ok(Some(id.to_string()))
                }
            })
            .collect();
        let swept: Vec<Result<Option<String>>> =
            stream::iter(sweeps).buffer_unordered(AT_ONCE).collect().await;
        swept.into_iter().filter_map(Result::transpose).collect()
    }
}

/// Opens the archive of a task, if it has one.
pub(super) async fn open(archive: Option<Archive>) -> Result<Option<Packed>> {
    match archive {
        Some(archive) => Packed::open(archive).await.map(Some),
        None => Ok(None),
    }
}

async fn run(
    sandbox: &Sandbox,
    packed: Option<Packed>,
    files: &[(String, Bytes)],
    command: Command,
    exec: ExecOptions,
) -> Result<(String, ExecResult)> {
    let container_id = sandbox.ensure().await?.container_id;
    if let Some(packed) = packed {
        sandbox.unpack(packed, &exec.cancellation).await?;
    }
    for (path, content) in files {
        if exec.cancellation.is_cancelled() {
            break;
        }
        sandbox.write_file(path, content).await?;
    }
    if exec.cancellation.is_cancelled() {
        return Err(aborted_before_start());
    }
    Ok((container_id, sandbox.exec(command, exec).await?))
}

/// A directory to work in, with all links in its path resolved.
pub(super) fn workspace_dir(path: &Path) -> Result<PathBuf> {
    let refuse =
        |why: String| Error::invalid("workspaceDir", format!("workspaceDir: {} {why}", path.display()));
    let resolved = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => refuse("is not there".to_owned()),
        _ => refuse(format!("can't be looked at: {error}")),
    })?;
    let metadata = resolved.metadata().map_err(|error| failed("look at", &resolved, &error))?;
    if !metadata.is_dir() {
        return Err(refuse("is no directory".to_owned()));
    }
    // `/home` as a whole is no more to work in than `/etc` is.
    let shallow = resolved.components().count() <= 2;
    if shallow || FORBIDDEN.iter().any(|place| resolved.starts_with(place)) {
        return Err(refuse("is the system's".to_owned()));
    }
    Ok(resolved)
}

/// Who works in a directory: its owner. One of root's is handed over with all that is in it, because no command in a
/// container runs as root.
fn owner(path: &Path, user: User) -> Result<User> {
    let metadata = path.metadata().map_err(|error| failed("look at", path, &error))?;
    let user = match user {
        User::Auto if metadata.uid() != 0 && metadata.gid() != 0 => {
            User::Ids(Ids { uid: metadata.uid(), gid: metadata.gid() })
        }
        user => user,
    };
    if metadata.uid() == 0 && nix::unistd::geteuid().is_root() {
        let ids = Options { user, ..Options::default() }.ids();
        hand_over(path, ids).map_err(|error| failed("hand over", path, &error))?;
    }
    Ok(user)
}

/// Gives a tree to a user; links are given, not followed.
fn hand_over(path: &Path, ids: Ids) -> io::Result<()> {
    let mut rest = vec![path.to_owned()];
    while let Some(path) = rest.pop() {
        if path.symlink_metadata()?.is_dir() {
            for entry in fs::read_dir(&path)? {
                rest.push(entry?.path());
            }
        }
        lchown(&path, Some(ids.uid), Some(ids.gid))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_directories_are_nobodys_to_work_in() {
        for path in ["/", "/etc", "/home", "/usr/bin", "/proc/self", "/no/such/place", "/etc/hostname"] {
            let error = workspace_dir(Path::new(path)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{path}");
        }
    }

    #[test]
    fn a_directory_of_roots_is_handed_over() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("file"), "").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", inner.join("link")).unwrap();
        let path = workspace_dir(directory.path()).unwrap();
        assert_eq!(path, directory.path().canonicalize().unwrap());
        let user = owner(&path, User::Auto).unwrap();
        if nix::unistd::geteuid().is_root() {
            assert_eq!(user, User::Auto);
            for name in ["inner", "inner/file", "inner/link"] {
                assert_eq!(path.join(name).symlink_metadata().unwrap().uid(), 1000, "{name}");
            }
            assert_eq!(Path::new("/etc/passwd").metadata().unwrap().uid(), 0);
        }
    }
}
