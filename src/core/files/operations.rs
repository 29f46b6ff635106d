//! Reading, writing, listing and deleting.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cofferdam_protocol::{RawPath, file::Entry};

use super::retry::with_retry;
use crate::{
    config::guest_path::validate_path,
    container::{Connection, Live},
    error::{Error, Result},
    link::file,
};

/// The permission bits.
const MODES: u32 = 0o777;

/// Reads a regular file.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`; those of bringing the sandbox up.
pub async fn read(connection: &Connection, path: &str) -> Result<Vec<u8>> {
    validate_path(path)?;
    let path = &RawPath::from(path);
    with_retry(connection, |live| async move { file::read(&live.link, path).await }).await
}

/// Replaces a file, and creates missing parent directories. Without a `mode`, an existing file keeps its own.
///
/// # Errors
/// `INVALID_ARGUMENT`, `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`; those of bringing the sandbox up.
pub async fn write(connection: &Connection, path: &str, content: &[u8], mode: Option<u32>) -> Result<()> {
    validate_path(path)?;
    if mode.is_some_and(|mode| mode > MODES) {
        return Err(Error::invalid("mode", "mode must be permission bits, from 0 to 0o777"));
    }
    let file = &file::NewFile::anywhere(path, mode);
    with_retry(connection, |live| async move { file::write(&live.link, file, content).await }).await
}

/// Lists a directory, sorted by name.
///
/// # Errors
/// `FILE_ERROR`; `FILE_TOO_LARGE` for more than 100,000 entries; those of bringing the sandbox up.
pub async fn list(connection: &Connection, path: &str) -> Result<Vec<Entry>> {
    validate_path(path)?;
    with_retry(connection, |live| async move { file::list(&live.link, path).await }).await
}

/// Deletes a file or a symbolic link; with `recursive`, also a directory and everything in it.
///
/// # Errors
/// `FILE_ERROR`; those of bringing the sandbox up.
pub async fn delete(connection: &Connection, path: &str, recursive: bool) -> Result<()> {
    validate_path(path)?;
    let asked = AtomicBool::new(false);
    let delete = |live: Arc<Live>| {
        let again = asked.swap(true, Ordering::Relaxed);
        async move {
            match file::delete(&live.link, path, recursive).await {
                // The first agent deleted it before it was lost.
                Err(error)
                    if again && error.details().get("errno").is_some_and(|errno| errno == "ENOENT") =>
                {
                    Ok(())
                }
                outcome => outcome,
            }
        }
    };
    with_retry(connection, delete).await
}
