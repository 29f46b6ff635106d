//! Reading, writing, listing and deleting files as the sandbox's user. Relative paths start in the workspace.

use serde::{Deserialize, Serialize};

use crate::{RawPath, SystemError};

/// Asks for the contents of a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Read {
    /// The path.
    pub path: RawPath,
    /// A larger file is refused; in bytes.
    pub limit: u64,
}

/// The contents of a file, as the agent sends them.
#[derive(Debug, Serialize, Deserialize)]
pub enum ReadEvent<'a> {
    /// The next bytes.
    Data {
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
        /// Whether these are the last.
        last: bool,
    },
    /// The file can't be read. Nothing follows.
    Failed(Failure),
}

/// Asks to write a file, and carries its first bytes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Write<'a> {
    /// The path.
    pub path: RawPath,
    /// The size of the file in bytes.
    pub size: u64,
    /// Its permission bits.
    pub mode: Mode,
    /// Whether missing directories above it are created.
    pub parents: bool,
    /// The first bytes. [`WriteInput`]s follow until `size` is reached.
    #[serde(borrow, with = "serde_bytes")]
    pub data: &'a [u8],
}

/// The permission bits of a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Those of a new file. One that exists keeps its own.
    IfNew(u32),
    /// These, whether it exists or not.
    Exactly(u32),
}

/// The next bytes of a file that is being written.
#[derive(Debug, Serialize, Deserialize)]
pub struct WriteInput<'a> {
    /// The bytes.
    #[serde(borrow, with = "serde_bytes")]
    pub data: &'a [u8],
}

/// The answer to a write.
#[derive(Debug, Serialize, Deserialize)]
pub enum WriteReply {
    /// The file has its new contents.
    Done,
    /// The file is unchanged.
    Failed(Failure),
}

/// Asks for the entries of a directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct List {
    /// The path.
    pub path: String,
    /// A directory with more entries is refused.
    pub limit: u64,
}

/// The entries of a directory, as the agent sends them: in the order of the file system.
#[derive(Debug, Serialize, Deserialize)]
pub enum ListEvent {
    /// The next entries.
    Entries {
        /// The entries, without `.` and `..`.
        entries: Vec<Entry>,
        /// Whether these are the last.
        last: bool,
    },
    /// The directory can't be listed. Nothing follows.
    Failed(Failure),
}

/// One entry of a directory. A symbolic link is not followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name: any bytes except a slash.
    #[serde(with = "serde_bytes")]
    pub name: Vec<u8>,
    /// Mode with file type, as in `stat`.
    pub mode: u32,
    /// Size in bytes, as in `stat`.
    pub size: u64,
    /// Modification time in milliseconds since 1970.
    pub modified: i64,
}

/// Asks to delete a file or a tree.
#[derive(Debug, Serialize, Deserialize)]
pub struct Delete {
    /// The path. A symbolic link is deleted, not followed.
    pub path: String,
    /// Deletes a directory with everything in it. Without this, directories are refused.
    pub recursive: bool,
}

/// The answer to a deletion.
#[derive(Debug, Serialize, Deserialize)]
pub enum DeleteReply {
    /// It is deleted.
    Done,
    /// It is not deleted, or only in part.
    Failed(Failure),
}

/// The disk usage of the workspace.
#[derive(Debug, Serialize, Deserialize)]
pub struct Used {
    /// In bytes. Holes in sparse files do not count.
    pub bytes: u64,
}

/// Why a file operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// The system's error.
    System(SystemError),
    /// The path exists, but is not a regular file.
    NotRegular(Kind),
    /// The file is larger than the limit.
    TooLarge {
        /// Its size in bytes.
        size: u64,
    },
    /// The directory has more entries than the limit.
    TooMany,
}

/// A kind of file other than a regular one.
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

/// Asks what is at a path.
#[derive(Debug, Serialize, Deserialize)]
pub struct Identify {
    /// The path. Symbolic links are followed.
    pub path: String,
}

/// What is at a path.
#[derive(Debug, Serialize, Deserialize)]
pub enum Identified {
    /// Its device and inode, as the kernel numbers them.
    Found {
        /// The device.
        device: u64,
        /// The inode.
        inode: u64,
    },
    /// It cannot be examined.
    Failed(Failure),
}
