//! Running a command in a sandbox, from the caller's options to the result, deadlines included.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use cofferdam_protocol::{
    SystemError,
    exec::{Cause, Command, Exec, Exited, Stage, Status},
    limits::{MAX_ARGUMENT, MAX_ARGUMENTS, MAX_OUTPUT_LIMIT},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    options::{Options, validate_environment},
    rescue::Rescue,
};
use crate::{
    agent::{
        capture::Captured,
        command::{Chunk, Progress, Running},
    },
    cancellation::Cancellation,
    error::{Code, Error, Result},
};

/// What a shell's `timeout` exits with.
const TIMED_OUT: u8 = 124;

/// How long an agent may take to start a command before the container is looked at.
pub(super) const ATTENTION: Duration = Duration::from_millis(250);

/// How long after the deadline a sandbox that does not answer gets more processor time.
const OVERDUE: Duration = Duration::from_millis(30);

/// How long after the deadline the caller gets a result, whatever the sandbox does.
const SETTLE: Duration = Duration::from_millis(200);

/// How long a command that was aborted may take to be dead.
const ABORT: Duration = Duration::from_secs(1);

/// How a command is to run. What is not given, the sandboxes' options say.
#[derive(Debug, Default)]
pub struct ExecOptions {
    /// After how long it is killed; at most the sandboxes' `max_timeout`.
    pub timeout: Option<Duration>,
    /// Its working directory; relative to the workspace.
    pub cwd: Option<String>,
    /// Environment on top of the image's and the sandboxes'.
    pub env: BTreeMap<String, String>,
    /// Its standard input; empty when not given.
    pub stdin: Option<Bytes>,
    /// Bytes of each output stream in the result.
    pub output_limit: Option<u64>,
    /// Who gets every byte of output as it comes.
    pub listener: Option<mpsc::Sender<Chunk>>,
    /// Ends it.
    pub cancellation: Cancellation,
}

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

/// A command that was checked against the limits.
pub(super) struct Job {
    pub request: Exec,
    pub stdin: Option<Bytes>,
    pub listener: Option<mpsc::Sender<Chunk>>,
    pub cancellation: Cancellation,
    pub timeout: Duration,
}

/// Why there is no result.
pub(super) struct Interrupted {
    pub error: Error,
    /// The agent never said that the command had started.
    pub unstarted: bool,
}

impl Job {
    /// Checks a command against the limits of the options.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the limit.
    pub fn new(command: Command, options: ExecOptions, defaults: &Options) -> Result<Self> {
        let timeout = options.timeout.unwrap_or(defaults.timeout);
        if timeout.is_zero() || timeout > defaults.max_timeout {
            let limit = defaults.max_timeout.as_millis();
            return Err(Error::invalid("timeout", format!("timeout must be from 1 to {limit} ms")));
        }
        let output_limit = options.output_limit.unwrap_or(defaults.output_limit);
        if output_limit > MAX_OUTPUT_LIMIT {
            let message = format!("outputLimit must be at most {MAX_OUTPUT_LIMIT} bytes");
            return Err(Error::invalid("outputLimit", message));
        }
        let mut env = defaults.env.clone();
        env.extend(options.env);
        validate_environment(env.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        validate_sizes(&command, &env)?;
        if options.cwd.as_ref().is_some_and(|cwd| cwd.contains('\0')) {
            return Err(Error::invalid("cwd", "cwd must not hold a NUL character"));
        }
        Ok(Self {
            request: Exec {
                command,
                cwd: options.cwd,
                env: env.into_iter().collect(),
                stdin: options.stdin.is_some(),
                timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
                output_limit,
                streamed: options.listener.is_some(),
            },
            stdin: options.stdin,
            listener: options.listener,
            cancellation: options.cancellation,
            timeout,
        })
    }
}

fn validate_sizes(command: &Command, env: &BTreeMap<String, String>) -> Result<()> {
    let arguments: Vec<&str> = match command {
        Command::Shell(line) => vec![line],
        Command::Argv(arguments) => arguments.iter().map(String::as_str).collect(),
    };
    if arguments.first().is_none_or(|first| first.is_empty()) {
        return Err(Error::invalid("command", "command must not be empty"));
    }
    if arguments.iter().any(|argument| argument.contains('\0')) {
        return Err(Error::invalid("command", "command must not hold a NUL character"));
    }
    let entries = env.iter().map(|(name, value)| name.len() + value.len() + 1);
    let lengths = || arguments.iter().map(|argument| argument.len()).chain(entries.clone());
    if lengths().any(|length| length > MAX_ARGUMENT) || lengths().sum::<usize>() > MAX_ARGUMENTS {
        let message = format!(
            "command: Linux takes at most {MAX_ARGUMENT} bytes in one argument, and a sandbox {MAX_ARGUMENTS} in all of them"
        );
        return Err(Error::invalid("command", message).hint("write long scripts to a file, or give data as stdin"));
    }
    Ok(())
}

/// Waits for a command that was just asked for. The first cause of its end wins: itself, its deadline, the
/// caller. Whatever the sandbox does, the result is there [`SETTLE`] after the deadline.
///
/// # Errors
/// `COMMAND_NOT_STARTED`; `ABORTED` and `SANDBOX_LOST` with the output so far.
pub(super) async fn supervise(
    mut running: Running,
    job: &Job,
    begun: Instant,
    rescue: &Rescue,
) -> Result<ExecResult, Interrupted> {
    let deadline = begun + job.timeout;
    let mut next = Checkpoint::Attention(begun + ATTENTION.min(job.timeout));
    let mut started = false;
    loop {
        tokio::select! {
            biased;
            progress = running.advance() => match progress {
                Ok(Progress::Started) => {
                    started = true;
                    if let Checkpoint::Attention(_) = next {
                        next = Checkpoint::Overdue(deadline + OVERDUE);
                    }
                }
                Ok(Progress::Moved) => {}
                Ok(Progress::NotStarted(stage, error)) => return Err(not_started(&job.request, stage, &error).into()),
                Ok(Progress::Exited(exited)) => {
                    if let Checkpoint::Settle(_) = next {
                        rescue.restore();
                    }
                    if exited.cause == Cause::Killed {
                        return Err(with_output(aborted(), running, Some(&exited)).into());
                    }
                    return Ok(result(running, &exited, begun));
                }
                Err(error) => {
                    let error = with_output(error, running, None);
                    return Err(Interrupted { error, unstarted: !started });
                }
            },
            () = job.cancellation.cancelled(), if !matches!(next, Checkpoint::Killed(_)) => {
                running.kill();
                next = Checkpoint::Killed(Instant::now() + ABORT);
            }
            () = sleep_until(next.at()) => next = match next {
                Checkpoint::Attention(_) => {
                    // Paused, perhaps. If not, it is only slow.
                    rescue.attend().await;
                    Checkpoint::Overdue(deadline + OVERDUE)
                }
                Checkpoint::Overdue(_) => {
                    rescue.hurry();
                    Checkpoint::Settle(deadline + SETTLE)
                }
                // The command may have ended long ago: it is the listener that is late.
                Checkpoint::Settle(at) if running.is_blocked() => Checkpoint::Settle(at + SETTLE),
                Checkpoint::Settle(_) => {
                    let output = running.output_so_far();
                    rescue.abandon(running);
                    return Ok(overdue(output, begun));
                }
                Checkpoint::Killed(_) => {
                    let output = running.output_so_far();
                    rescue.abandon(running);
                    return Err(describe_output(aborted(), output).into());
                }
            },
        }
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

impl From<Error> for Interrupted {
    fn from(error: Error) -> Self {
        Self { error, unstarted: false }
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

fn aborted() -> Error {
    Error::new(Code::Aborted, "the command was aborted")
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
        (Stage::Fork, "EAGAIN") => {
            ("a new process".to_owned(), "the sandbox has as many processes as it may: end some, or raise pids")
        }
        (Stage::Execute, "ENOENT") => (program.to_owned(), "the program must be in the image, and in PATH"),
        (Stage::Execute, _) => (program.to_owned(), "the program must be an executable file"),
        (Stage::Arguments | Stage::Fork | Stage::Identity, _) => ("the command".to_owned(), "this is a bug"),
    };
    Error::new(Code::CommandNotStarted, format!("could not start {what}: {}", error.message))
        .hint(hint)
        .detail("reason", error.name.clone())
}
