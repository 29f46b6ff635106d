//! The names in a directory.

use serde::{Deserialize, Serialize};

use crate::{RawPath, file::Failure};

/// The most names that one listing returns.
pub const MAX_NAMES: u64 = 1_000_000;

/// The most bytes of names that one listing returns.
pub const MAX_NAME_BYTES: u64 = 64 * 1024 * 1024;

/// Asks for the names in a directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Names {
    /// The directory.
    pub path: RawPath,
    /// Also those in all directories below it. Links are not followed.
    pub recursive: bool,
}

/// The names in a directory, as the agent sends them: in the order of the file system.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// The next names.
    Names {
        /// The names.
        names: Vec<Name>,
        /// Whether these are the last.
        last: bool,
    },
    /// The directory can't be listed. Nothing follows.
    Failed(Failure),
}

/// A name in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The path, relative to the directory that was listed.
    pub path: RawPath,
    /// The type bits of the file's mode, shifted down by 12: the values of `d_type`.
    pub kind: u8,
}
