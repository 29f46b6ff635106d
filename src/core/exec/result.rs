//! How a command ended.

use std::time::Duration;

use cofferdam_protocol::process::{Cause, Exited, Limits, Status};
use tokio::time::Instant;

use crate::link::{capture::Captured, command::Running};

/// The exit code of a command that was killed at its deadline, as with coreutils' `timeout`.
const TIMED_OUT: u8 = 124;

/// How a command ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecResult {
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// The exit code as a shell reports it: 128+n for signal n, 124 when it was killed at its deadline.
    pub exit_code: u8,
    /// The number of the signal that ended it.
    pub signal: Option<u8>,
    /// How long it took, from the call to the result.
    pub execution_time: Duration,
    /// Whether it was killed at its deadline.
    pub timed_out: bool,
    /// Whether the kernel killed it because the sandbox ran out of memory.
    pub oom_killed: bool,
    /// The limits that the sandbox met while the command ran.
    pub limits: Limits,
    /// Whether a process that it left behind still had its output open.
    pub output_open: bool,
}

/// The exit code that a shell would report, and the number of the signal.
#[must_use]
pub fn exit_code(exited: &Exited) -> (u8, Option<u8>) {
    let (code, signal) = match exited.status {
        Status::Code(code) => (code, None),
        Status::Signal(signal) => (128_u8.saturating_add(signal), Some(signal)),
    };
    (if exited.cause == Cause::Deadline { TIMED_OUT } else { code }, signal)
}

impl ExecResult {
    /// The result of a command whose end the agent reported.
    pub(super) fn reported(running: Running, exited: &Exited, begun: Instant) -> Self {
        let (stdout, stderr) = running.finish(Some(exited));
        let (exit_code, signal) = exit_code(exited);
        Self {
            stdout,
            stderr,
            exit_code,
            signal,
            execution_time: begun.elapsed(),
            timed_out: exited.cause == Cause::Deadline,
            oom_killed: exited.oom_killed,
            limits: exited.limits,
            output_open: exited.output_open,
        }
    }

    /// The result of a command whose end the agent did not report in time.
    pub(super) fn overdue((stdout, stderr): (Captured, Captured), begun: Instant) -> Self {
        const SIGKILL: u8 = 9;
        Self {
            stdout,
            stderr,
            exit_code: TIMED_OUT,
            signal: Some(SIGKILL),
            execution_time: begun.elapsed(),
            timed_out: true,
            oom_killed: false,
            limits: Limits::default(),
            output_open: false,
        }
    }
}
