//! Some lines of a file.

use serde::{Deserialize, Serialize};

use crate::{RawPath, file::Failure};

/// Asks for lines of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lines {
    /// The file.
    pub path: RawPath,
    /// The first line; the lines are counted from 1.
    pub start: u64,
    /// The last line.
    pub end: u64,
    /// How many bytes they may have.
    pub limit: u64,
}

/// The lines, as the agent sends them.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event<'a> {
    /// The next bytes.
    Data(#[serde(borrow, with = "serde_bytes")] &'a [u8]),
    /// That was all.
    End {
        /// How many lines the file has. A last line need not end in a newline.
        total: u64,
    },
    /// The file can't be read. Nothing follows.
    Failed(Failure),
}
