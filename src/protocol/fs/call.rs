//! What takes one message and one answer.

use serde::{Deserialize, Serialize};

use super::stat::{Space, Stat, Time};
use crate::{RawPath, file::Failure};

/// One thing to do. Modes are permission bits. A symbolic link at the end of a path is followed unless it says otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Call {
    /// Check whether the user may do this with a file: bits of `access(2)`.
    Access {
        /// The file.
        path: RawPath,
        /// `R_OK`, `W_OK` and `X_OK`; 0 to see whether it exists.
        mode: u32,
    },
    /// Change the mode.
    ChangeMode {
        /// The file.
        path: RawPath,
        /// The new mode.
        mode: u32,
    },
    /// Copy one file.
    CopyFile {
        /// The file.
        from: RawPath,
        /// Its copy.
        to: RawPath,
        /// Refuse to replace a file.
        exclusive: bool,
    },
    /// Copy a file, a link or a tree.
    Copy(Copy),
    /// Create a directory. Answered by [`Reply::Path`] of the first one created, or by [`Reply::Done`] if nothing was.
    MakeDirectory {
        /// The directory.
        path: RawPath,
        /// Its mode, before the umask.
        mode: u32,
        /// Create what is missing above it too; one that exists is fine.
        recursive: bool,
    },
    /// Create a directory with six random characters at the end of its name; answered by [`Reply::Path`].
    MakeTemporary {
        /// What its path begins with.
        prefix: RawPath,
    },
    /// Tell where a symbolic link points; answered by [`Reply::Path`].
    ReadLink {
        /// The link.
        path: RawPath,
    },
    /// Tell the path without links; answered by [`Reply::Path`].
    RealPath {
        /// The path.
        path: RawPath,
    },
    /// Delete a file, a link or a tree.
    Remove {
        /// What to delete. A link is deleted, not followed.
        path: RawPath,
        /// Delete a directory with everything in it.
        recursive: bool,
        /// What does not exist is fine.
        force: bool,
    },
    /// Delete an empty directory.
    RemoveDirectory {
        /// The directory.
        path: RawPath,
    },
    /// Rename a file; replaces what the new name stands for.
    Rename {
        /// The file. A link is renamed, not followed.
        from: RawPath,
        /// Its new path.
        to: RawPath,
    },
    /// Set the times.
    SetTimes {
        /// The file.
        path: RawPath,
        /// When it was last read.
        accessed: Time,
        /// When it was last written.
        modified: Time,
    },
    /// Tell the size of the file system; answered by [`Reply::Space`].
    Space {
        /// A path on it.
        path: RawPath,
    },
    /// Tell what a file is; answered by [`Reply::Stat`].
    Stat {
        /// The file.
        path: RawPath,
        /// Whether to follow a link.
        follow: bool,
    },
    /// Create a symbolic link.
    MakeLink {
        /// What it points to.
        target: RawPath,
        /// The link.
        path: RawPath,
    },
    /// Cut a file, or extend it with zeros.
    Truncate {
        /// The file.
        path: RawPath,
        /// The new size in bytes.
        length: u64,
    },
    /// Delete a file or a link.
    Unlink {
        /// The file.
        path: RawPath,
    },
}

/// A copy of a file, a link or a tree within the sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
pub struct Copy {
    /// What to copy.
    pub from: RawPath,
    /// The copy itself, not the directory that it goes into. A directory merges into one that exists.
    pub to: RawPath,
    /// Copy directories with what is in them. Without this they are refused.
    pub recursive: bool,
    /// Replace files that exist.
    pub force: bool,
    /// Without `force`, refuse what exists instead of skipping it.
    pub error_on_exist: bool,
    /// Keep the times.
    pub preserve_times: bool,
    /// Copy what links point to instead of the links.
    pub dereference: bool,
}

/// The answer to a [`Call`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// It takes a while; the answer follows.
    Busy,
    /// It is done.
    Done,
    /// A path.
    Path(RawPath),
    /// What a file is.
    Stat(Stat),
    /// The size of a file system.
    Space(Space),
    /// It was not done, or only in part.
    Failed(Failure),
}
