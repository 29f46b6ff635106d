//! Seeing a command in a sandbox to its end, deadlines included.

use std::time::Duration;

use cofferdam_protocol::{
    SystemError,
    process::{Cause, Command, Exec, Exited, Stage, Status},
};
use tokio::time::{Instant, sleep_until};

use super::{
    job::Job,
    rescue::{ATTENTION, Rescue},
};

use crate::{
    error::{Code, Error, Result},
    link::{
        capture::Captured,
        command::{Progress, Running},
    },
};

/// What a shell's `timeout` exits with.
const TIMED_OUT: u8 = 124;

/// How long after the deadline a sandbox that does not answer gets more processor time.
const OVERDUE: Duration = Duration::from_millis(30);

/// How long after the deadline the caller gets a result, whatever the sandbox does.
const SETTLE: Duration = Duration::from_millis(200);

/// How long a command that was aborted may take to be dead.
const ABORT: Duration = Duration::from_secs(1);

/// How a command ended.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecResult {
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
    /// Its exit code, as a shell gives it: 128+n for a signal, 124 when its deadline ended it.
    pub exit_code: u8,
    /// The number of the signal that ended it.
    pub signal: Option<u8>,
    /// How long it took, from the call to the result.
    pub execution_time: Duration,
    /// Its deadline passed.
    pub timed_out: bool,
    /// The kernel killed it for memory.
    pub oom_killed: bool,
}

/// Waits for a command that was just asked for. The first cause of its end wins: itself, its deadline, the
/// caller. Whatever the sandbox does, the result is there [`SETTLE`] after the deadline. Of a command in no container,
/// there is no rescue.
///
/// # Errors
/// `COMMAND_NOT_STARTED`; `ABORTED`, `DISK_LIMIT` and `SANDBOX_LOST` with the output so far.
pub(super) async fn supervise(
    mut running: Running,
    job: &Job,
    begun: Instant,
    mut rescue: Option<Rescue>,
) -> Result<ExecResult> {
    let deadline = begun + job.timeout;
    let mut next = Checkpoint::Attention(begun + ATTENTION.min(job.timeout));
    loop {
        tokio::select! {
            biased;
            progress = running.advance() => match progress {
                Ok(Progress::Started) => {
                    if let Checkpoint::Attention(_) = next {
                        next = Checkpoint::Overdue(deadline + OVERDUE);
                    }
                }
                Ok(Progress::Moved) => {}
                Ok(Progress::NotStarted(stage, error)) => return Err(not_started(&job.request, stage, &error)),
                Ok(Progress::Exited(exited)) => {
                    match exited.cause {
                        Cause::Killed => return Err(with_output(aborted(), running, Some(&exited))),
                        Cause::Disk => return Err(with_output(full(), running, Some(&exited))),
                        Cause::Itself | Cause::Deadline => {}
                    }
                    return Ok(result(running, &exited, begun));
                }
                Err(error) => return Err(with_output(error, running, None)),
            },
            () = job.cancellation.cancelled(), if !matches!(next, Checkpoint::Killed(_)) => {
                running.kill();
                next = Checkpoint::Killed(Instant::now() + ABORT);
            }
            () = sleep_until(next.at()) => next = match next {
                Checkpoint::Attention(_) => {
                    // Paused, perhaps. If not, it is only slow.
                    rescue.iter().for_each(Rescue::attend);
                    Checkpoint::Overdue(deadline + OVERDUE)
                }
                Checkpoint::Overdue(_) => {
                    rescue.iter_mut().for_each(Rescue::hurry);
                    // Later when this process itself was late: what the sandbox has said is still unread.
                    Checkpoint::Settle((deadline + SETTLE).max(Instant::now() + SETTLE - OVERDUE))
                }
                // The command may have ended long ago: it is the listener that is late.
                Checkpoint::Settle(at) if running.is_blocked() => Checkpoint::Settle(at + SETTLE),
                Checkpoint::Settle(_) => {
                    let output = running.output_so_far();
                    abandon(running, rescue);
                    return Ok(overdue(output, begun));
                }
                Checkpoint::Killed(_) => {
                    let output = running.output_so_far();
                    abandon(running, rescue);
                    return Err(describe_output(aborted(), output));
                }
            },
        }
    }
}

/// Leaves a command whose agent does not end it in time.
fn abandon(running: Running, rescue: Option<Rescue>) {
    if let Some(rescue) = rescue {
        rescue.abandon(running);
    }
}

/// What happens next to a command that does not end.
#[derive(Clone, Copy)]
enum Checkpoint {
    /// The agent should have said that it has started.
    Attention(Instant),
    /// The agent should have killed it.
    Overdue(Instant),
    /// The caller gets its result.
    Settle(Instant),
    /// It should be dead, as the caller wished.
    Killed(Instant),
}

impl Checkpoint {
    fn at(self) -> Instant {
        match self {
            Self::Attention(at) | Self::Overdue(at) | Self::Settle(at) | Self::Killed(at) => at,
        }
    }
}

fn result(running: Running, exited: &Exited, begun: Instant) -> ExecResult {
    let (stdout, stderr) = running.finish(Some(exited));
    let timed_out = exited.cause == Cause::Deadline;
    let (code, signal) = match exited.status {
        Status::Code(code) => (code, None),
        Status::Signal(signal) => (128_u8.saturating_add(signal), Some(signal)),
    };
    ExecResult {
        stdout,
        stderr,
        exit_code: if timed_out { TIMED_OUT } else { code },
        signal,
        execution_time: begun.elapsed(),
        timed_out,
        oom_killed: exited.oom_killed,
    }
}

/// The result of a command whose sandbox did not report its end in time.
fn overdue((stdout, stderr): (Captured, Captured), begun: Instant) -> ExecResult {
    const SIGKILL: u8 = 9;
    ExecResult {
        stdout,
        stderr,
        exit_code: TIMED_OUT,
        signal: Some(SIGKILL),
        execution_time: begun.elapsed(),
        timed_out: true,
        oom_killed: false,
    }
}

/// A command that was not even asked for.
pub(super) fn aborted_before_start() -> Error {
    let aborted = Error::new(Code::Aborted, "aborted before the command started");
    aborted.detail("stdout", "").detail("stderr", "")
}

fn aborted() -> Error {
    Error::new(Code::Aborted, "the command was aborted")
}

fn full() -> Error {
    Error::new(Code::DiskLimit, "the files of the sandbox went past their limit: the command was killed")
        .hint("delete some, or give the sandbox a larger limit (disk)")
}

fn with_output(error: Error, running: Running, exited: Option<&Exited>) -> Error {
    describe_output(error, running.finish(exited))
}

fn describe_output(error: Error, (stdout, stderr): (Captured, Captured)) -> Error {
    error
        .detail("stdout", String::from_utf8_lossy(&stdout.bytes))
        .detail("stderr", String::from_utf8_lossy(&stderr.bytes))
        .detail("stdoutBytes", stdout.total)
        .detail("stderrBytes", stderr.total)
}

fn not_started(request: &Exec, stage: Stage, error: &SystemError) -> Error {
    let program = match &request.command {
        Command::Shell(_) => "the shell",
        Command::Argv(arguments) => arguments.first().map_or("the program", String::as_str),
    };
    let (what, hint) = match (stage, error.name.as_str()) {
        (Stage::WorkingDirectory, _) => {
            (format!("cwd {}", request.cwd.as_deref().unwrap_or("/workspace")), "make the directory first")
        }
        (Stage::Fork, "EAGAIN") => (
            "a new process".to_owned(),
            "the sandbox has as many processes as it may: end some, or raise pids",
        ),
        (Stage::Fork, "ENOMEM" | "EMFILE" | "ENFILE") => {
            ("a new process".to_owned(), "the sandbox or its host is out of memory or descriptors")
        }
        (Stage::Execute, "ENOENT") => {
            (program.to_owned(), "the program must be in the image (on the host: installed), and in PATH")
        }
        (Stage::Execute, _) => (program.to_owned(), "the program must be an executable file"),
        (Stage::Arguments | Stage::Fork | Stage::Identity, _) => ("the command".to_owned(), "this is a bug"),
    };
    Error::new(Code::CommandNotStarted, format!("could not start {what}: {}", error.message))
        .hint(hint)
        .detail("reason", error.name.clone())
}
