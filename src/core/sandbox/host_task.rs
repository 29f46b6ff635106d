//! Tasks without a container: processes of this host, for whoever has no engine.

use std::{
    collections::BTreeMap,
    env::consts::ARCH,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use cofferdam_protocol::process::Command;
use tokio::time::{Instant, timeout};

use super::{
    copy::{Packed, see_through},
    directory::DataDirectory,
    exec::{ExecResult, aborted_before_start, supervise},
    files::validate_path,
    handle::PATIENCE,
    id::SandboxId,
    job::{ExecOptions, Job},
    lease::Lease,
    registry::Sandboxes,
    storage::delete_disk,
    task::{Task, TaskResult, open, workspace_dir},
    workspace::delete_directory,
};

use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
    link::{HostAgent, Link, command::Running, file},
};

/// Where a task has its files in a container.
const WORKSPACE: &str = "/workspace";

impl Sandboxes {
    /// Runs a command as a process of this host, and leaves nothing of it.
    pub(super) async fn host_task(
        &self,
        task: Task,
        environment: BTreeMap<String, String>,
        command: Command,
        mut exec: ExecOptions,
    ) -> Result<TaskResult> {
        exec.cwd = exec.cwd.map(|cwd| translate(&cwd).to_owned());
        let job = Job::new(command, exec, &self.context().options)?;
        let files = task.files.into_iter().map(|(path, content)| Ok((within(&path)?.to_owned(), content)));
        let files: Vec<_> = files.collect::<Result<_>>()?;
        let packed = open(task.archive).await?;
        let agent = self.context().shared.installer.binary(ARCH)?;
        let (directory, own) = if let Some(path) = task.workspace_dir {
            (workspace_dir(&path)?, None)
        } else {
            let own = OwnDirectory::make(self.context().directory().await?).await?;
            (own.path(), Some(own))
        };
        let outcome = match HostAgent::start(agent, &directory, &environment).await {
            Ok(agent) => {
                let outcome = self.unless_closed(run(agent.link(), packed, &files, &job)).await;
                let ended = agent.end().await;
                outcome.map(|exec| (exec, ended))
            }
            Err(error) => Err(error),
        };
        let removed = match own {
            Some(own) => own.remove().await,
            None => Ok(()),
        };
        let (exec, ended) = outcome?;
        Ok(TaskResult { exec, container_id: None, leftover: ended.and(removed).err() })
    }

    /// Removes the directories that tasks of processes that died have left; their ids.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub async fn sweep_host_tasks(&self) -> Result<Vec<String>> {
        self.check_open()?;
        let directory = self.context().directory().await?;
        let mut swept = Vec::new();
        for id in directory.workspaces()? {
            let Some(creation) = directory.try_creation(&id)? else { continue };
            if !directory.is_leased(&id)? {
                // One that was to run in a container.
                delete_disk(directory.disk(&id), &creation).await?;
                delete_directory(directory.workspace(&id)).await?;
                directory.forget(&id, &creation)?;
                swept.push(id.to_string());
            }
        }
        Ok(swept)
    }
}

async fn run(
    link: &Link,
    packed: Option<Packed>,
    files: &[(String, Bytes)],
    job: &Job,
) -> Result<ExecResult> {
    if let Some(packed) = packed {
        let copying = packed.send(link.begin().await?, &job.cancellation);
        see_through(copying, &job.cancellation, || {}).await.unwrap_or_else(|| Err(silent()))?;
    }
    let started = async {
        for (path, content) in files {
            file::write(link, path, content).await?;
        }
        Running::start(link, job.request.clone(), job.stdin.clone(), job.listener.clone()).await
    };
    let running = tokio::select! {
        biased;
        () = job.cancellation.cancelled() => return Err(aborted_before_start()),
        started = timeout(PATIENCE, started) => started
            .unwrap_or_else(|_| Err(silent()))?,
    };
    supervise(running, job, Instant::now(), None).await
}

fn silent() -> Error {
    Error::new(Code::Timeout, "the agent on the host did not answer in time")
}

/// A directory that a task is alone in, and that no sweep takes while the task lives.
struct OwnDirectory {
    directory: Arc<DataDirectory>,
    id: SandboxId,
    lease: Lease,
}

impl OwnDirectory {
    async fn make(directory: Arc<DataDirectory>) -> Result<Self> {
        let random = random_hex().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let id = SandboxId::try_from(format!("task-{random}"))?;
        let _creation = directory.creation(&id).await?;
        directory.make_workspace(&id)?;
        let lease = directory.lease(&id)?;
        Ok(Self { directory, id, lease })
    }

    fn path(&self) -> PathBuf {
        self.directory.workspace(&self.id)
    }

    async fn remove(self) -> Result<()> {
        let path = self.path();
        let Self { directory, id, lease } = self;
        let creation = directory.creation(&id).await?;
        delete_directory(path).await?;
        drop(lease);
        directory.forget(&id, &creation)
    }
}

/// A path that was meant for a container: what is below `/workspace` there is in the task's directory here.
fn translate(path: &str) -> &str {
    match path.strip_prefix(WORKSPACE) {
        Some("") => ".",
        Some(rest) if rest.starts_with('/') => match rest.trim_start_matches('/') {
            "" => ".",
            rest => rest,
        },
        _ => path,
    }
}

/// The path of a file in the task's directory. What leads out of it is refused: there is no container around it.
fn within(path: &str) -> Result<&str> {
    validate_path(path)?;
    let path = translate(path);
    let inside = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    if Path::new(path).components().all(inside) {
        return Ok(path);
    }
    Err(Error::invalid(
        "files",
        format!("files: {path} is not below {WORKSPACE}, and on the host it must be"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_the_workspace_in_a_container_is_in_the_directory_here() {
        for (path, here) in [
            ("/workspace", "."),
            ("/workspace/", "."),
            ("/workspace//a/b", "a/b"),
            ("a/b", "a/b"),
            ("/workspaces/a", "/workspaces/a"),
            ("/tmp", "/tmp"),
        ] {
            assert_eq!(translate(path), here, "{path}");
        }
    }

    #[test]
    fn a_file_that_would_lead_out_of_the_directory_is_refused() {
        for path in ["a", "./a/b", "/workspace/a", "..a/b.."] {
            assert!(within(path).is_ok(), "{path}");
        }
        for path in
            ["/etc/passwd", "../a", "a/../../b", "a/..", "/workspace/../etc", "/workspacea", "", "a\0"]
        {
            assert!(within(path).is_err(), "{path}");
        }
    }
}
