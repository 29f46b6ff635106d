//! Tasks in a container.

use bytes::Bytes;
use cofferdam_protocol::process::Command;

use super::{
    Task, TaskResult,
    own_directory::random_id,
    task::TaskWorkspace,
    workspace_dir::{Access, access, find},
};
use crate::{
    blocking::blocking,
    cancellation::Cancellation,
    copy::{
        archive::Packed,
        options::CopyOptions,
        transfer::{copy_pinned, unpack},
    },
    error::Result,
    exec::{failure::aborted_before_start, request::ExecOptions, result::ExecResult},
    hostfs::Pinned,
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
    let mut workspace = TaskWorkspace::Own;
    let mut original = None;
    if let Some(path) = task.workspace_dir {
        let (user, may_chown) = (options.user, task.chown_workspace);
        let found = blocking(move || {
            let directory = find(&path)?;
            let access = access(&directory, user, may_chown)?;
            Ok((directory, access))
        });
        let (directory, access) = found.await?;
        if let Access::Mounted(user) = access {
            workspace = TaskWorkspace::Mounted;
            options.user = user;
            options.workspace_dir = Some(directory.path().to_owned());
        } else {
            workspace = TaskWorkspace::Copied;
            original = Some(directory);
        }
    }
    let sandbox = sandboxes.get_with(&id, options)?;
    let outcome = run_in(&sandbox, original, packed, &task.files, command, exec).await;
    let removed = sandbox.remove(workspace != TaskWorkspace::Mounted).await;
    sandboxes.forget(&sandbox);
    let (container_id, exec) = outcome?;
    Ok(TaskResult { exec, container_id: Some(container_id), workspace, leftover: removed.err() })
}

async fn run_in(
    sandbox: &Sandbox,
    original: Option<Pinned>,
    packed: Option<Packed>,
    files: &[(String, Bytes)],
    command: Command,
    exec: ExecOptions,
) -> Result<(String, ExecResult)> {
    let container_id = sandbox.ensure().await?.container_id;
    if let Some(original) = original {
        copy_all(sandbox, original, &exec.cancellation).await?;
    }
    if let Some(packed) = packed {
        unpack(sandbox.connection(), packed, &exec.cancellation).await?;
    }
    for (path, content) in files {
        if exec.cancellation.is_cancelled() {
            break;
        }
        sandbox.write_file(path, content, None).await?;
    }
    if exec.cancellation.is_cancelled() {
        return Err(aborted_before_start());
    }
    Ok((container_id, sandbox.exec(command, exec).await?))
}

/// Copies a directory of root's into the task's own workspace.
async fn copy_all(sandbox: &Sandbox, original: Pinned, cancellation: &Cancellation) -> Result<()> {
    let options = CopyOptions { limits: CopyOptions::LIMITS, cancellation: cancellation.clone() };
    let copied = copy_pinned(sandbox.connection(), original, options).await;
    copied.map(drop).map_err(|error| {
        error.hint(
            "a task works on a copy of a directory that belongs to root; make another user its owner, or pass \
             chownWorkspace: true to give it to the task's user",
        )
    })
}
