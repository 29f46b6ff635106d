//! Copying a file tree from one side to the other, with the same messages in both directions.
//!
//! Names are single names, never paths: a directory is entered, and the entries that follow are in it until it is left.

use serde::{Deserialize, Serialize};

use crate::{SystemError, file::Kind};

/// Asks the agent to send a tree; answered by [`Piece`]s.
#[derive(Debug, Serialize, Deserialize)]
pub struct Send {
    /// The path of a directory or a regular file; relative paths start in the workspace.
    pub path: String,
    /// A larger tree is refused.
    pub limits: Limits,
}

/// Asks the agent to receive a tree, whose [`Piece`]s follow; answered by one [`Reply`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Receive {
    /// The path that the tree gets, or an existing directory that it is merged into; relative paths start in the workspace.
    pub path: String,
    /// A larger tree is refused.
    pub limits: Limits,
}

/// The maximum size of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Number of files, directories and links.
    pub entries: u64,
    /// Sum of the sizes of all files, in bytes.
    pub bytes: u64,
}

/// A piece of a tree. The first one is the top, a directory or a file with an empty name. The last one is [`Piece::End`] or
/// [`Piece::Failed`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Piece<'a> {
    /// A directory. It is entered.
    Directory {
        /// Its name: any bytes except a slash.
        #[serde(borrow, with = "serde_bytes")]
        name: &'a [u8],
        /// `None` for a directory that only leads to an entry.
        attributes: Option<Attributes>,
    },
    /// Leaves the directory that was entered last.
    Leave,
    /// A regular file. `size` bytes of [`Piece::Data`] and [`Piece::Hole`] follow immediately.
    File {
        /// Its name.
        #[serde(borrow, with = "serde_bytes")]
        name: &'a [u8],
        /// Its attributes.
        attributes: Attributes,
        /// Its size in bytes.
        size: u64,
    },
    /// The next bytes of the file.
    Data(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// The next bytes of the file are this many zeros, at least one. They need no space.
    Hole(u64),
    /// A symbolic link.
    Link {
        /// Its name.
        #[serde(borrow, with = "serde_bytes")]
        name: &'a [u8],
        /// Its target.
        #[serde(borrow, with = "serde_bytes")]
        target: &'a [u8],
    },
    /// The end of the tree.
    End,
    /// The rest can't be sent.
    Failed(Failure),
}

/// The attributes of a file or directory that a copy keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Its permissions; other bits of the mode are ignored.
    pub mode: u32,
    /// Modification time in nanoseconds since 1970; `None` if unknown.
    pub modified: Option<i64>,
}

/// The answer of the receiver of a tree.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The whole tree is in its place.
    Done(Copied),
    /// Not all of it is in its place.
    Failed {
        /// Why; `None` when the sender has given the reason.
        failure: Option<Failure>,
        /// How much is in its place.
        copied: Copied,
    },
}

/// How much of a tree is in its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Number of files, directories and links. A top that is a directory does not count.
    pub entries: u64,
    /// Sum of the sizes of all files, in bytes.
    pub bytes: u64,
}

/// Why a tree can't be sent or received as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The path of the entry, relative to the top; empty for the top itself.
    #[serde(with = "serde_bytes")]
    pub entry: Vec<u8>,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with an entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The system's error.
    System(SystemError),
    /// Files of this kind are not copied.
    Kind(Kind),
    /// It is a symbolic link that leads out of the tree, or could.
    Link,
    /// It is a hard link.
    HardLink,
    /// Its name is not valid for an entry.
    Name,
    /// It changed while it was being read.
    Changed,
    /// With it, the tree exceeds the limit on bytes.
    TooLarge,
    /// With it, the tree exceeds the limit on entries.
    TooMany,
    /// The pieces do not form a tree.
    Malformed,
    /// The caller has cancelled the copy.
    Aborted,
}
