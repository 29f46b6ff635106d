use std::time::Duration;

use cofferdam_protocol::process::{Cause, Exited, Limits};

use crate::exec::result::exit_code;

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessResult {
    /// The exit code as a shell reports it: 128+n for signal n, 124 when it was killed at its deadline.
    pub exit_code: u8,
    /// The number of the signal that ended it.
    pub signal: Option<u8>,
    /// How long it ran.
    pub execution_time: Duration,
    /// Whether it was killed at its deadline.
    pub timed_out: bool,
    /// Whether the kernel killed it because the sandbox ran out of memory.
    pub oom_killed: bool,
    /// The limits that the sandbox met while it ran.
    pub limits: Limits,
    /// Whether a process that it left behind still had its output open.
    pub output_open: bool,
    /// How many bytes it wrote to standard output.
    pub stdout_bytes: u64,
    /// How many bytes it wrote to standard error.
    pub stderr_bytes: u64,
}

impl From<&Exited> for ProcessResult {
    fn from(exited: &Exited) -> Self {
        let (exit_code, signal) = exit_code(exited);
        Self {
            exit_code,
            signal,
            execution_time: Duration::from_micros(exited.elapsed_us),
            timed_out: exited.cause == Cause::Deadline,
            oom_killed: exited.oom_killed,
            limits: Limits { disk: exited.limits.disk || exited.cause == Cause::Disk, ..exited.limits },
            output_open: exited.output_open,
            stdout_bytes: exited.stdout_bytes,
            stderr_bytes: exited.stderr_bytes,
        }
    }
}
