//! Processes that the host has a handle on.

use serde::{Deserialize, Serialize};

use super::{Exec, Exited};

/// The most bytes of output that an agent keeps for each stream of a detached process.
pub const MAX_LOG: u64 = 4 * 1024 * 1024;

/// The most bytes of output that an agent keeps for all detached processes together.
pub const MAX_LOGS: u64 = 16 * 1024 * 1024;

/// How many ended processes an agent remembers.
pub const MAX_ENDED: usize = 64;

/// The most characters of a command line in a [`Description`].
pub const MAX_COMMAND_TEXT: usize = 1024;

/// The environment variable that names the descriptor of a process's own channel to the host.
pub const CONTROL_VARIABLE: &str = "COFFERDAM_CONTROL";

/// What identifies a process for as long as its container runs. Chosen at random: an id of an earlier run finds nothing.
pub type ProcessId = u64;

/// Starts a process. It answers like an [`Attach`] from the start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spawn {
    /// The command. Its output is always streamed; a `timeout_ms` of 0 is none.
    pub exec: Exec,
    /// What the caller calls it.
    pub name: Option<String>,
    /// The terminal to run it in. It has one output stream then, standard output.
    pub terminal: Option<Size>,
    /// Give it a channel of its own to the host: what the host sends arrives at the descriptor that the variable
    /// [`CONTROL_VARIABLE`] names, and what it writes there is reported as [`super::ExecEvent::Control`]. Its standard input is empty.
    pub control: bool,
    /// How many bytes of each stream are kept, if it is to outlive this stream and link. Otherwise it is killed with the stream.
    pub log: Option<u64>,
}

/// The size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Characters in a row.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// Follows a detached process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attach {
    /// The process.
    pub id: ProcessId,
    /// Where its output begins.
    pub from: Position,
}

/// A place in the output of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    /// The oldest output that is kept.
    Start,
    /// Only what is written from now on.
    Now,
    /// Offsets in bytes.
    At {
        /// In standard output.
        stdout: u64,
        /// In standard error.
        stderr: u64,
    },
}

/// Sends a signal to every process that a process has started, and to itself. Answered by [`Controlled`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Signal {
    /// The process.
    pub id: ProcessId,
    /// The number of the signal.
    pub signal: u8,
    /// Only to what it has started, not to itself.
    pub descendants: bool,
}

/// Changes the size of a process's terminal. Answered by [`Controlled`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Resize {
    /// The process.
    pub id: ProcessId,
    /// The new size.
    pub size: Size,
}

/// The outcome of a [`Signal`] or a [`Resize`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Controlled {
    /// It was done.
    Done,
    /// The process has ended, or was never there.
    Ended,
    /// It has no terminal.
    NoTerminal,
}

/// The start of what is sent about a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The process.
    pub process: Description,
    /// The offset of the first byte of standard output that follows.
    pub stdout: u64,
    /// The offset of the first byte of standard error that follows.
    pub stderr: u64,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Its id.
    pub id: ProcessId,
    /// Its process id in the container.
    pub pid: u32,
    /// What the caller calls it.
    pub name: Option<String>,
    /// Its command line, shortened to [`MAX_COMMAND_TEXT`] characters.
    pub command: String,
    /// What started it.
    pub origin: Origin,
    /// When it was started, in milliseconds since 1970.
    pub started_ms: u64,
    /// Whether it outlives the stream that started it.
    pub detached: bool,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// Whether it was given an input.
    pub input: bool,
    /// How it ended.
    pub ended: Option<Exited>,
}

/// The kind of request that started a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// An [`Exec`].
    Exec,
    /// A [`Spawn`].
    Spawn,
}

/// The processes that run, and those that ended last. Commands that were not spawned are listed only while they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// In the order in which they were started.
    pub processes: Vec<Description>,
}
