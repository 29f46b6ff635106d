//! A tree on its way from one side to the other: the same messages in both directions.
//!
//! Names are single ones, never paths: a directory is entered, and what follows is in it until it is left.

use serde::{Deserialize, Serialize};

use crate::{SystemError, file::Kind};

/// Which tree the agent is to send; answered by [`Piece`]s.
#[derive(Debug, Serialize, Deserialize)]
pub struct Send {
    /// The path of a directory or a regular file; relative to the workspace.
    pub path: String,
    /// What is more is refused.
    pub limits: Limits,
}

/// Where the agent is to put the tree whose [`Piece`]s follow; answered by one [`Reply`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Receive {
    /// What the tree is to be called, or a directory that it is put into; relative to the workspace.
    pub path: String,
    /// What is more is refused.
    pub limits: Limits,
}

/// The most that one tree may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Files, directories and links.
    pub entries: u64,
    /// The sizes of all files together.
    pub bytes: u64,
}

/// A piece of a tree. The first is its top, a directory or a file without a name; the last is [`Piece::End`] or
/// [`Piece::Failed`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Piece<'a> {
    /// A directory, which is entered.
    Directory {
        /// Its name: any bytes but a slash.
        #[serde(borrow, with = "serde_bytes")]
        name: &'a [u8],
        /// None for one that is only on the way to something.
        attributes: Option<Attributes>,
    },
    /// The directory that was entered last is left.
    Leave,
    /// A regular file. So many bytes of [`Piece::Data`] follow at once.
    File {
        /// Its name.
        #[serde(borrow, with = "serde_bytes")]
        name: &'a [u8],
        /// What it is like.
        attributes: Attributes,
        /// How many bytes it has.
        size: u64,
    },
    /// The next bytes of the file.
    Data(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// A symbolic link.
    Link {
        /// Its name.
        #[serde(borrow, with = "serde_bytes")]
        name: &'a [u8],
        /// Where it leads to.
        #[serde(borrow, with = "serde_bytes")]
        target: &'a [u8],
    },
    /// That was all of it.
    End,
    /// There is more, and it can't be sent.
    Failed(Failure),
}

/// What is kept of a file or directory beside its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Its permissions; no other bits of its mode count.
    pub mode: u32,
    /// When its content changed last, in nanoseconds since 1970.
    pub modified: Option<i64>,
}

/// The answer of who receives a tree.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// All of it is there.
    Done(Copied),
    /// Not all of it is there.
    Failed {
        /// Why; none when the sender said why.
        failure: Option<Failure>,
        /// What is there.
        copied: Copied,
    },
}

/// How much of a tree is in its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Files, directories and links; without the top when that is a directory.
    pub entries: u64,
    /// The sizes of all files together.
    pub bytes: u64,
}

/// Why a tree can't be sent or received as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The path of the entry below the top; empty for the top itself.
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
    /// It is something that is not copied.
    Kind(Kind),
    /// It is a symbolic link that leads out of the tree, or could.
    Link,
    /// It is another name of a file.
    HardLink,
    /// No entry can have its name.
    Name,
    /// It changed while it was read.
    Changed,
    /// With it there are more bytes than the limit.
    TooLarge,
    /// With it there are more entries than the limit.
    TooMany,
    /// What came is no tree.
    Malformed,
    /// Who wanted it does no more.
    Aborted,
}
