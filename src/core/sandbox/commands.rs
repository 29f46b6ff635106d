//! Commands in a sandbox.

use std::sync::Arc;

use cofferdam_protocol::process::Command;
use tokio::time::{Instant, timeout};

use super::{
    exec::{ExecResult, aborted_before_start, supervise},
    handle::{PATIENCE, Sandbox},
    job::{ExecOptions, Job, Terms},
    lifecycle::Live,
};

use crate::{
    error::{Code, Result},
    link::command::Running,
};

impl Sandbox {
    /// Runs a command.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `COMMAND_NOT_STARTED`, `ABORTED`, `DISK_LIMIT`, `SANDBOX_LOST`, `CLOSED`, and those of
    /// [`Sandbox::ensure`]. That a command fails or times out is no error.
    pub async fn exec(&self, command: Command, options: ExecOptions) -> Result<ExecResult> {
        let job = Job::new(command, options, &self.context().options)?;
        let _busy = self.begin();
        self.unless_closed(self.run(&job)).await
    }

    /// Checks a command as [`Sandbox::exec`] does, and runs nothing.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check_exec(&self, command: Command, options: ExecOptions) -> Result<Terms> {
        Job::new(command, options, &self.context().options).map(Job::into_terms)
    }

    async fn run(&self, job: &Job) -> Result<ExecResult> {
        let (live, running) = tokio::select! {
            started = timeout(job.timeout + PATIENCE, self.start(job)) => started.unwrap_or_else(|_| Err(self.silent()))?,
            () = job.cancellation.cancelled() => return Err(aborted_before_start()),
        };
        let rescue = self.rescue(&live).await?;
        let outcome = supervise(running, job, Instant::now(), Some(rescue)).await;
        self.touch();
        match outcome {
            Err(lost) if lost.code() == Code::SandboxLost => Err(self.explain_loss(lost).await),
            outcome => outcome,
        }
    }

    /// Asks for a command; once more when the link had ended by the time, and so nothing was asked for.
    async fn start(&self, job: &Job) -> Result<(Arc<Live>, Running)> {
        loop {
            let live = self.trusted().await?;
            let request = (job.request.clone(), job.stdin.clone(), job.listener.clone());
            match Running::start(&live.link, request.0, request.1, request.2).await {
                Err(error) if error.code() == Code::SandboxLost => {}
                started => return started.map(|running| (live, running)),
            }
        }
    }
}
