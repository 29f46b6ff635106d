//! Options of a copy.

use std::path::Path;

use cofferdam_protocol::copy::Limits;

use crate::{
    cancellation::Cancellation,
    config::guest_path::validate_path,
    error::{Error, Result},
};

/// What a copy may be.
#[derive(Debug, Clone)]
pub struct CopyOptions {
    /// How many entries and bytes it may have.
    pub limits: Limits,
    /// Aborts it.
    pub cancellation: Cancellation,
}

impl CopyOptions {
    /// The limits of a copy that sets none.
    pub const LIMITS: Limits = Limits { entries: 500_000, bytes: 16 << 30 };
}

/// Checks the two paths of a copy.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn validate_paths(host: &Path, path: &str) -> Result<()> {
    if !is_path(host) {
        return Err(Error::invalid("hostPath", "hostPath must not be empty and must not contain NUL"));
    }
    validate_path(path)
}

/// Whether the system can take this as a path.
pub(super) fn is_path(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    !bytes.is_empty() && !bytes.contains(&0)
}
