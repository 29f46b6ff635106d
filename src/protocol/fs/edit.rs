//! Replacing text in a file.

use serde::{Deserialize, Serialize};

use crate::{RawPath, file::Failure};

/// The largest file that can be edited, in bytes.
pub const MAX_EDITED: u64 = 16 * 1024 * 1024;

/// The most bytes of the old and the new text together: both are in one message.
pub const MAX_TEXTS: usize = 1000 * 1024;

/// Replaces text in a file: all or nothing, at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Edit {
    /// The file.
    pub path: RawPath,
    /// What is replaced; not empty.
    #[serde(with = "serde_bytes")]
    pub old: Vec<u8>,
    /// What takes its place.
    #[serde(with = "serde_bytes")]
    pub new: Vec<u8>,
    /// Replace it everywhere. Otherwise it must be there exactly once.
    pub all: bool,
    /// Refuse if the file was last written at another time, in milliseconds since 1970.
    pub modified_ms: Option<f64>,
    /// Refuse if the SHA-256 of the file is another.
    pub sha256: Option<[u8; 32]>,
}

/// The answer to an [`Edit`]. Unless it is `Done`, the file is unchanged.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The file has its new content.
    Done {
        /// How often the text was replaced.
        replaced: u64,
    },
    /// The text is there this often.
    Matches(u64),
    /// The file is not the expected one, or changed meanwhile.
    Changed,
    /// The file can't be read or written.
    Failed(Failure),
}
