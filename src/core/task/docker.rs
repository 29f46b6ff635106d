//! Tasks in a container.

use bytes::Bytes;
use cofferdam_protocol::process::Command;
use tokio::task::spawn_blocking;

use super::{
    Task, TaskResult,
    own_directory::random_id,
    workspace_dir::{find, user_of},
};
use crate::{
    copy::{archive::Packed, transfer::unpack},
    error::{Code, Error, Result},
    exec::{failure::aborted_before_start, request::ExecOptions, result::ExecResult},
    sandbox::{Sandbox, Sandboxes},
};

/// Runs a task in a container, which is removed afterwards.
pub async fn run(
    sandboxes: &Sandboxes,
    task: Task,
    command: Command,
    exec: ExecOptions,
) -> Result<TaskResult> {
    let id = random_id()?;
    let mut options = sandboxes.options().clone();
    options.image = task.image.unwrap_or(options.image);
    let packed = match task.archive {
        Some(archive) => Some(Packed::open(archive).await?),
        None => None,
    };
    let owns_workspace = task.workspace_dir.is_none();
    if let Some(path) = task.workspace_dir {
        let (user, may_chown) = (options.user, task.chown_workspace);
        let prepared = spawn_blocking(move || {
            let directory = find(&path)?;
            let user = user_of(&directory, user, may_chown)?;
            Ok((directory.path().to_owned(), user))
        });
        let prepared = prepared.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let (path, user) = prepared?;
        options.user = user;
        options.workspace_dir = Some(path);
    }
    let sandbox = sandboxes.get_with(&id, options)?;
    let outcome = run_in(&sandbox, packed, &task.files, command, exec).await;
    let removed = sandbox.remove(owns_workspace).await;
    sandboxes.forget(&sandbox);
    let (container_id, exec) = outcome?;
    Ok(TaskResult { exec, container_id: Some(container_id), leftover: removed.err() })
}

async fn run_in(
    sandbox: &Sandbox,
    packed: Option<Packed>,
    files: &[(String, Bytes)],
    command: Command,
    exec: ExecOptions,
) -> Result<(String, ExecResult)> {
    let container_id = sandbox.ensure().await?.container_id;
    if let Some(packed) = packed {
        unpack(sandbox.connection(), packed, &exec.cancellation).await?;
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
