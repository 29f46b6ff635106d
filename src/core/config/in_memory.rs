//! Directories in memory.

use std::collections::BTreeMap;

use super::mount::validate_target;
use crate::error::{Error, Result};

/// Rejects places and sizes that directories in memory can't have. Files in them count as memory: a full one would leave too
/// little for every later command.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the directory and its size.
pub fn validate(tmpfs: &BTreeMap<String, u64>, shm_size: Option<u64>, memory: u64) -> Result<()> {
    let is_allowed = |size| (1..=memory / 2).contains(&size);
    for (path, size) in tmpfs {
        validate_target("tmpfs", path)?;
        if !is_allowed(*size) {
            let message =
                format!("tmpfs: the size of {path} must be from 1 byte to half of memory, not {size} bytes");
            return Err(Error::invalid("tmpfs", message));
        }
    }
    match shm_size {
        Some(size) if !is_allowed(size) => {
            let message = format!("shmSize must be from 1 byte to half of memory, not {size} bytes");
            Err(Error::invalid("shmSize", message))
        }
        _ => Ok(()),
    }
}
