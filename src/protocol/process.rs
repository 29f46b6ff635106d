//! Running a command.

use serde::{Deserialize, Serialize};

use crate::SystemError;

/// What to run, and within which bounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Exec {
    /// The command.
    pub command: Command,
    /// Working directory; relative to the workspace, which is also the default.
    pub cwd: Option<String>,
    /// Environment on top of the image's, as (name, value).
    pub env: Vec<(String, String)>,
    /// Whether [`ExecInput::Stdin`] follows; else the command's input is empty.
    pub stdin: bool,
    /// After how many milliseconds the command and every process that it started are killed.
    pub timeout_ms: u64,
    /// Bytes of each output stream that are sent as they come; past it only the last half of this many is kept.
    pub output_limit: u64,
    /// Send every byte of output, whatever the limit.
    pub streamed: bool,
}

/// A command line for the shell, or a program with its arguments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// Runs under `bash -c`, or `sh -c` where the image has no bash.
    Shell(String),
    /// Runs as it is: the first is the program, looked up in `PATH` when it holds no slash.
    Argv(Vec<String>),
}

/// What the host sends after an [`Exec`].
#[derive(Debug, Serialize, Deserialize)]
pub enum ExecInput<'a> {
    /// Bytes for the command's standard input, at most [`crate::wire::limits::CHUNK`]; sent once for each
    /// [`ExecEvent::StdinWanted`].
    Stdin(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The end of the command's standard input.
    StdinEnd,
    /// Kill the command and all that it started, then report [`ExecEvent::Exited`].
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

/// What the agent reports of a command, in this order: one of `Started` and `NotStarted`, then output (and
/// `StdinWanted` in between), then the tails, then `Exited`.
#[derive(Debug, Serialize, Deserialize)]
pub enum ExecEvent<'a> {
    /// The program runs.
    Started,
    /// The program could not be started.
    NotStarted {
        /// What failed.
        stage: Stage,
        /// The system's error.
        error: SystemError,
    },
    /// The command has taken its input so far: the host may send one more chunk. Asked for, so that what a
    /// command does not read never stands in the way of a [`ExecInput::Kill`].
    StdinWanted,
    /// Output as it comes.
    Output {
        /// From which stream.
        stream: Output,
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
    },
    /// The last bytes past the output limit; what lies between was counted and dropped.
    Tail {
        /// Of which stream.
        stream: Output,
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
    },
    /// The command has ended.
    Exited(Exited),
}

/// Where starting a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// An argument or an environment entry holds a NUL byte or an empty name.
    Arguments,
    /// A new process or its pipes could not be made.
    Fork,
    /// The identity of the sandbox's user could not be taken on.
    Identity,
    /// The working directory could not be entered.
    WorkingDirectory,
    /// The program could not be executed.
    Execute,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exited {
    /// The status of the command itself.
    pub status: Status,
    /// Why it ended.
    pub cause: Cause,
    /// The kernel killed a process of the sandbox for memory while the command ran, and the command ended by `SIGKILL` or 137.
    pub oom_killed: bool,
    /// All that it wrote to standard output, in bytes.
    pub stdout_bytes: u64,
    /// All that it wrote to standard error, in bytes.
    pub stderr_bytes: u64,
}

/// The wait status of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It exited with this code.
    Code(u8),
    /// This signal ended it.
    Signal(u8),
}

/// The first cause of a command's end; later ones do not replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// It ended by itself, or by a signal that was not the agent's.
    Itself,
    /// Its deadline passed.
    Deadline,
    /// The host asked for it.
    Killed,
    /// The files in the workspace went past their limit.
    Disk,
}
