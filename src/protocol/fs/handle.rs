//! A file that stays open.

use serde::{Deserialize, Serialize};

use super::stat::{Stat, Time};
use crate::{RawPath, file::Failure};

/// Opens a file. Only regular files can be opened, and directories for reading.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Open {
    /// The file.
    pub path: RawPath,
    /// How to open it.
    pub flags: Flags,
    /// The mode of a new file, before the umask.
    pub mode: u32,
}

/// How a file is opened, as the flags of `open(2)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Flags {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
    /// A missing file is created.
    pub create: bool,
    /// With `create`, one that exists is refused.
    pub exclusive: bool,
    /// Its content is dropped.
    pub truncate: bool,
}

/// What to do with an open file. A `position` of `None` is where the last read or write ended.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request<'a> {
    /// Read; answered by [`Reply::Data`], which is empty at the end.
    Read {
        /// Where.
        position: Option<u64>,
        /// How many bytes at most; up to [`crate::wire::limits::CHUNK`].
        length: u32,
    },
    /// Write all of these bytes.
    Write {
        /// Where.
        position: Option<u64>,
        /// The bytes.
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
    },
    /// Tell what it is; answered by [`Reply::Stat`].
    Stat,
    /// Cut it, or extend it with zeros.
    Truncate {
        /// The new size in bytes.
        length: u64,
    },
    /// Wait until it is on disk.
    Sync,
    /// Change its mode.
    ChangeMode {
        /// The new mode.
        mode: u32,
    },
    /// Set its times.
    SetTimes {
        /// When it was last read.
        accessed: Time,
        /// When it was last written.
        modified: Time,
    },
}

/// The answer to an [`Open`] or a [`Request`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply<'a> {
    /// It is done.
    Done,
    /// What was read.
    Data(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// What the file is.
    Stat(Stat),
    /// It was not done.
    Failed(Failure),
}
