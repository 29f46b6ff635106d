//! Running commands.

use serde::{Deserialize, Serialize};

use crate::SystemError;

pub mod handle;

use handle::{Attach, Attached, Resize, Signal, Spawn};

/// A request about processes.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Run a command; answered by [`ExecEvent`]s.
    Exec(Exec),
    /// Start a process; answered by [`ExecEvent`]s.
    Spawn(Spawn),
    /// Follow a process; answered by [`ExecEvent`]s.
    Attach(Attach),
    /// Signal a process; answered by one [`handle::Controlled`].
    Signal(Signal),
    /// Resize a terminal; answered by one [`handle::Controlled`].
    Resize(Resize),
    /// List processes; answered by one [`handle::Listed`].
    List,
}

/// Asks to run a command within limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exec {
    /// The command.
    pub command: Command,
    /// Working directory. A relative path starts in the workspace, which is also the default.
    pub cwd: Option<String>,
    /// Environment variables in addition to those of the image, as (name, value).
    pub env: Vec<(String, String)>,
    /// Whether [`ExecInput::Stdin`] follows. Otherwise the command's input is empty.
    pub stdin: bool,
    /// The deadline in milliseconds. The command and every process that it started are ended then.
    pub timeout_ms: u64,
    /// How processes are ended at the deadline, and when the host asks for it; `None`: killed at once.
    pub grace: Option<Grace>,
    /// How many bytes of each output stream are sent as they come. Past that, only the last `output_limit / 2` are kept.
    pub output_limit: u64,
    /// Send all output, regardless of the limit.
    pub streamed: bool,
}

/// What processes get before they are killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grace {
    /// The number of the signal that asks them to end.
    pub signal: u8,
    /// How long they may take, in milliseconds.
    pub time_ms: u64,
}

/// A command line for the shell, or a program with its arguments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Runs under `bash -c`, or `sh -c` if the image has no bash.
    Shell(String),
    /// Runs without a shell. The first one is the program, looked up in `PATH` unless it contains a slash.
    Argv(Vec<String>),
}

/// What the host sends after an [`Exec`], a [`Spawn`] or an [`Attach`].
#[derive(Debug, Serialize, Deserialize)]
pub enum ExecInput<'a> {
    /// Bytes for the command's standard input, at most [`crate::wire::limits::CHUNK`]. Sent once for each
    /// [`ExecEvent::StdinWanted`].
    Stdin(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The end of the command's standard input. A terminal gets its end-of-file character.
    StdinEnd,
    /// End the command and everything that it started, then report [`ExecEvent::Exited`].
    Kill,
}

/// One of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What the agent reports about a command: either `NotStarted` at the end, or `Started`, output, the tails and `Exited`, in
/// this order. `StdinWanted` may come at any time before the tails. A process with a handle has `Attached` instead of `Started`,
/// and no tails; if there is no such process, `Unknown` is all.
#[derive(Debug, Serialize, Deserialize)]
pub enum ExecEvent<'a> {
    /// The program is running.
    Started,
    /// The program could not be started.
    NotStarted {
        /// What failed.
        stage: Stage,
        /// The system's error.
        error: SystemError,
    },
    /// The command has read its input so far, and the host may send one more chunk. Chunks are requested so that input
    /// that a command does not read never delays a [`ExecInput::Kill`].
    StdinWanted,
    /// Output as it comes.
    Output {
        /// The stream.
        stream: Output,
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
    },
    /// The last bytes past the output limit. Those in between were counted and dropped.
    Tail {
        /// The stream.
        stream: Output,
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
    },
    /// The command has ended.
    Exited(Exited),
    /// What follows is about this process.
    Attached(Attached),
    /// It wrote to its own channel. All output that it had written before was sent before.
    Control(
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        &'a [u8],
    ),
    /// The output at this place is no longer kept.
    Gap {
        /// The stream.
        stream: Output,
        /// How many bytes are missing.
        bytes: u64,
    },
    /// The process to attach to is not there, or is not detached.
    Unknown {
        /// Whether it is there.
        exists: bool,
    },
}

/// The step at which starting a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// An argument or an environment variable contains a NUL byte.
    Arguments,
    /// A new process or its pipes could not be created.
    Fork,
    /// The process could not take on the identity of the sandbox's user.
    Identity,
    /// The working directory could not be entered.
    WorkingDirectory,
    /// The program could not be executed.
    Execute,
    /// The program exists, but not the interpreter that it names.
    Interpreter,
    /// There is no terminal to run it in.
    Terminal,
    /// The output of detached processes would exceed [`handle::MAX_LOGS`].
    Log,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exited {
    /// The status of the command itself.
    pub status: Status,
    /// Why it ended.
    pub cause: Cause,
    /// Whether the kernel killed a process of the sandbox for lack of memory while the command ran, and the command ended
    /// by `SIGKILL` or with code 137.
    pub oom_killed: bool,
    /// The limits that the sandbox met while the command ran.
    pub limits: Limits,
    /// Whether a process that it left behind still had its output open. What that writes later is not part of the result.
    pub output_open: bool,
    /// Bytes that it wrote to standard output.
    pub stdout_bytes: u64,
    /// Bytes that it wrote to standard error.
    pub stderr_bytes: u64,
    /// How long it ran, in microseconds.
    pub elapsed_us: u64,
}

/// Limits of a sandbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The kernel killed a process for lack of memory.
    pub memory: bool,
    /// The kernel refused a process or thread.
    pub pids: bool,
    /// The file system of the workspace is full.
    pub disk: bool,
}

/// The wait status of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It exited with this code.
    Code(u8),
    /// This signal ended it.
    Signal(u8),
}

/// The first cause of a command's end. Later ones do not replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// It ended by itself, or by a signal that the agent did not send.
    Itself,
    /// Its deadline passed.
    Deadline,
    /// The host asked to kill it.
    Killed,
    /// The workspace exceeded its disk limit.
    Disk,
}
