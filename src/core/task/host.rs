//! Tasks on the host: processes of this machine, for those who have no engine.

use std::{
    collections::BTreeMap,
    env::consts::ARCH,
    path::{Component, Path},
};

use bytes::Bytes;
use cofferdam_protocol::{layout::WORKSPACE, process::Command};
use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout},
};

use super::{Task, TaskResult, own_directory::OwnDirectory, task::TaskWorkspace, workspace_dir::find};
use crate::{
    config::guest_path::{relative_to_workspace, validate_path},
    container::connection::PATIENCE,
    copy::{archive::Packed, await_end::await_end},
    error::{Code, Error, Result},
    exec::{
        failure::aborted_before_start,
        request::{ExecOptions, Job},
        result::ExecResult,
        supervise::supervise,
    },
    link::{HostAgent, Link, command::Running, file},
    sandbox::Sandboxes,
};

/// Runs a task as a process of this host.
pub async fn run(
    sandboxes: &Sandboxes,
    task: Task,
    environment: BTreeMap<String, String>,
    command: Command,
    mut exec: ExecOptions,
) -> Result<TaskResult> {
    exec.cwd = exec.cwd.map(|cwd| relative_to_workspace(&cwd).to_owned());
    let job = Job::new(command, exec, sandboxes.options())?;
    let files = task.files.into_iter().map(|(path, content)| Ok((within(&path)?.to_owned(), content)));
    let files: Vec<_> = files.collect::<Result<_>>()?;
    let packed = match task.archive {
        Some(archive) => Some(Packed::open(archive).await?),
        None => None,
    };
    let agent = sandboxes.site().installer.binary(ARCH)?;
    let workspace = if task.workspace_dir.is_some() { TaskWorkspace::Mounted } else { TaskWorkspace::Own };
    let (directory, given, own) = if let Some(path) = task.workspace_dir {
        let given = spawn_blocking(move || find(&path)).await;
        let given = given.map_err(|error| Error::new(Code::Internal, error.to_string()))??;
        (given.handle(), Some(given), None)
    } else {
        let own = OwnDirectory::make(sandboxes.site().directory().await?).await?;
        (own.path(), None, Some(own))
    };
    let outcome = match HostAgent::start(agent, &directory, &environment).await {
        Ok(agent) => {
            let outcome = sandboxes.unless_closed(run_on(agent.link(), packed, &files, job)).await;
            let ended = agent.end().await;
            outcome.map(|exec| (exec, ended))
        }
        Err(error) => Err(error),
    };
    // The agent has started in it.
    drop(given);
    let removed = match own {
        Some(own) => own.remove().await,
        None => Ok(()),
    };
    let (exec, ended) = outcome?;
    Ok(TaskResult { exec, container_id: None, workspace, leftover: ended.and(removed).err() })
}

async fn run_on(
    link: &Link,
    packed: Option<Packed>,
    files: &[(String, Bytes)],
    job: Job,
) -> Result<ExecResult> {
    let Job { request, stdin, listener, terms } = job;
    if let Some(packed) = packed {
        let copying = packed.send(link.begin().await?, &terms.cancellation);
        await_end(copying, &terms.cancellation, || {}).await.unwrap_or_else(|| Err(silent()))?;
    }
    let started = async {
        for (path, content) in files {
            file::write(link, &file::NewFile::anywhere(path, None), content).await?;
        }
        Running::start(link.begin().await?, request, stdin, listener).await
    };
    let running = tokio::select! {
        biased;
        () = terms.cancellation.cancelled() => return Err(aborted_before_start()),
        started = timeout(PATIENCE, started) => started.unwrap_or_else(|_| Err(silent()))?,
    };
    supervise(running, &terms, Instant::now(), None).await
}

fn silent() -> Error {
    Error::new(Code::Timeout, "the agent on the host did not answer in time")
}

/// The path of a file relative to the task's directory. Paths that lead out of it are rejected, because there is no
/// container around it.
fn within(path: &str) -> Result<&str> {
    validate_path(path)?;
    let path = relative_to_workspace(path);
    let inside = |component| matches!(component, Component::Normal(_) | Component::CurDir);
    if Path::new(path).components().all(inside) {
        return Ok(path);
    }
    let message = format!("files: {path} is not below {WORKSPACE}, which is required for tasks on the host");
    Err(Error::invalid("files", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_leads_out_of_the_directory_is_rejected() {
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
