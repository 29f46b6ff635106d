//! Changes to files.

use serde::{Deserialize, Serialize};

use crate::{RawPath, file::Failure};

/// The most changes in one event.
pub const MAX_CHANGES: usize = 512;

/// Watches a file, or a directory and the names in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Watch {
    /// The file or directory.
    pub path: RawPath,
    /// Also all directories below it.
    pub recursive: bool,
}

/// What happens, as the agent sends it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// Everything that happens from now on is reported.
    Watching {
        /// The system has no way left to report changes: the agent looks for them again and again.
        polling: bool,
    },
    /// At most [`MAX_CHANGES`] changes, in their order.
    Changes(Vec<Change>),
    /// More happened than can be told. What there is has to be looked at again.
    Overflow,
    /// It can't be watched, or not any longer. Nothing follows.
    Failed(Failure),
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// The path, relative to what is watched; empty for that itself.
    pub path: RawPath,
    /// With [`Kind::Rename`], the path before.
    pub from: Option<RawPath>,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// It is new.
    Create,
    /// Its content or its attributes changed.
    Change,
    /// It is gone.
    Delete,
    /// It has a new name.
    Rename,
}
