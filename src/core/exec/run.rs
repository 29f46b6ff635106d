//! Running a command in a sandbox.

use cofferdam_protocol::process::Command;
use tokio::time::{Instant, timeout};

use super::{
    failure::aborted_before_start,
    request::{ExecOptions, Job},
    result::ExecResult,
    supervise::supervise,
};
use crate::{
    container::{Connection, connection::PATIENCE, loss},
    error::{Code, Result},
    link::command::Running,
};

/// Runs a command in a sandbox.
///
/// # Errors
/// `INVALID_ARGUMENT`, `COMMAND_NOT_STARTED`, `ABORTED`, `DISK_LIMIT`, `SANDBOX_LOST`, `CLOSED`, and those of bringing the
/// sandbox up. A command that fails or times out is not an error.
pub async fn run(connection: &Connection, command: Command, options: ExecOptions) -> Result<ExecResult> {
    let job = Job::new(command, options, &connection.definition().options)?;
    let _busy = connection.begin();
    connection.unless_closed(run_job(connection, job)).await
}

async fn run_job(connection: &Connection, job: Job) -> Result<ExecResult> {
    let Job { request, stdin, listener, terms } = job;
    let started = async {
        connection.relieve().await?;
        let (operation, rescue) = connection.operation().await?;
        Ok((Running::start(operation, request, stdin, listener).await?, rescue))
    };
    let (running, rescue) = tokio::select! {
        started = timeout(terms.timeout + PATIENCE, started) => started.unwrap_or_else(|_| Err(connection.silent()))?,
        () = terms.cancellation.cancelled() => return Err(aborted_before_start()),
    };
    let outcome = supervise(running, &terms, Instant::now(), Some(rescue)).await;
    connection.touch();
    if let Ok(result) = &outcome {
        connection.oom.record(result.oom_killed);
    }
    match outcome {
        Err(lost) if lost.code() == Code::SandboxLost => {
            Err(loss::explain(connection.definition(), lost).await)
        }
        outcome => outcome,
    }
}
