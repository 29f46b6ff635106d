//! Reading, writing, listing and deleting files as the sandbox's user.

use serde::{Deserialize, Serialize};

use crate::SystemError;

/// Which file to read.
#[derive(Debug, Serialize, Deserialize)]
pub struct Read {
    /// The path; relative to the workspace.
    pub path: String,
    /// Files larger than this many bytes are refused.
    pub limit: u64,
}

/// What the agent sends of a file that is read.
#[derive(Debug, Serialize, Deserialize)]
pub enum ReadEvent<'a> {
    /// The next bytes.
    Data {
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
        /// No more follow.
        last: bool,
    },
    /// The file can't be read; nothing follows.
    Failed(Failure),
}

/// Which file to write, and the first of its bytes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Write<'a> {
    /// The path; relative to the workspace.
    pub path: String,
    /// How many bytes the file will have.
    pub size: u64,
    /// The first bytes; [`WriteInput`] follows until `size` is reached.
    #[serde(borrow, with = "serde_bytes")]
    pub data: &'a [u8],
}

/// The next bytes of a file that is written.
#[derive(Debug, Serialize, Deserialize)]
pub struct WriteInput<'a> {
    /// The bytes.
    #[serde(borrow, with = "serde_bytes")]
    pub data: &'a [u8],
}

/// The answer to a write.
#[derive(Debug, Serialize, Deserialize)]
pub enum WriteReply {
    /// The file has its new content.
    Done,
    /// The file is as it was.
    Failed(Failure),
}

/// Which directory to list.
#[derive(Debug, Serialize, Deserialize)]
pub struct List {
    /// The path; relative to the workspace.
    pub path: String,
    /// Directories with more entries than this are refused.
    pub limit: u64,
}

/// What the agent sends of a directory that is listed, in the file system's order.
#[derive(Debug, Serialize, Deserialize)]
pub enum ListEvent {
    /// The next entries.
    Entries {
        /// The entries, without `.` and `..`.
        entries: Vec<Entry>,
        /// No more follow.
        last: bool,
    },
    /// The directory can't be listed; nothing follows.
    Failed(Failure),
}

/// One entry of a directory. A symbolic link is described itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name: any bytes but a slash.
    #[serde(with = "serde_bytes")]
    pub name: Vec<u8>,
    /// Its mode, type included, as `stat` gives it.
    pub mode: u32,
    /// Its size in bytes, as `stat` gives it.
    pub size: u64,
    /// When its content changed last, in milliseconds since 1970.
    pub modified: i64,
}

/// What to delete.
#[derive(Debug, Serialize, Deserialize)]
pub struct Delete {
    /// The path; relative to the workspace. A symbolic link is deleted itself.
    pub path: String,
    /// A directory goes with all in it; otherwise it is refused.
    pub recursive: bool,
}

/// The answer to a deletion.
#[derive(Debug, Serialize, Deserialize)]
pub enum DeleteReply {
    /// It is gone.
    Done,
    /// Why it is not, or not as a whole.
    Failed(Failure),
}

/// What the files in the workspace take.
#[derive(Debug, Serialize, Deserialize)]
pub struct Used {
    /// In bytes, those of holes not included.
    pub bytes: u64,
}

/// Why a file operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The system's error.
    System(SystemError),
    /// There is something at the path, and it is no regular file.
    NotRegular(Kind),
    /// The file is larger than the limit.
    TooLarge {
        /// How large it is, in bytes.
        size: u64,
    },
    /// The directory has more entries than the limit.
    TooMany,
}

/// What is at a path in place of a regular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
    /// Anything else.
    Other,
}
