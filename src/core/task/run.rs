//! Running a task.

use std::{mem, sync::Arc};

use cofferdam_protocol::process::Command;

use super::{Isolation, Task, TaskResult, docker, host};
use crate::{
    error::{Code, Error, Result},
    exec::request::ExecOptions,
    runtime,
    sandbox::Sandboxes,
};

/// Runs a command by itself, in a container or on the host, and leaves nothing of it. It is seen to its end and cleaned up
/// even if the caller leaves; cancelling ends it.
///
/// # Errors
/// `INVALID_ARGUMENT` for a directory that must not be worked in; as [`crate::sandbox::Sandbox::exec`]. On the host, the
/// engine is not used.
pub async fn run(
    sandboxes: Arc<Sandboxes>,
    mut task: Task,
    command: Command,
    exec: ExecOptions,
) -> Result<TaskResult> {
    sandboxes.check_open()?;
    let run = runtime::spawn(async move {
        match mem::take(&mut task.isolation) {
            Isolation::Docker => docker::run(&sandboxes, task, command, exec).await,
            Isolation::Host { environment } => host::run(&sandboxes, task, environment, command, exec).await,
        }
    });
    let run = run.ok_or_else(|| Error::new(Code::Internal, "the system could not start a thread"))?;
    run.await.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}
