//! Files of a sandbox, one at a time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cofferdam_protocol::file::Entry;

use super::{handle::Sandbox, lifecycle::Live};

use crate::{
    error::{Error, Result},
    link::file,
};

impl Sandbox {
    /// Reads a file as bytes.
    ///
    /// # Errors
    /// `FILE_ERROR`, `FILE_TOO_LARGE`, and as [`Sandbox::ensure`].
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        validate_path(path)?;
        self.with_live(|live| async move { file::read(&live.link, path).await }).await
    }

    /// Replaces a file; makes the directories that are missing.
    ///
    /// # Errors
    /// `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, and as [`Sandbox::ensure`].
    pub async fn write_file(&self, path: &str, content: &[u8]) -> Result<()> {
        validate_path(path)?;
        self.with_live(|live| async move { file::write(&live.link, path, content).await }).await
    }

    /// What is in a directory, by name.
    ///
    /// # Errors
    /// `FILE_ERROR`, `FILE_TOO_LARGE` for more than 100,000 entries, and as [`Sandbox::ensure`].
    pub async fn list_files(&self, path: &str) -> Result<Vec<Entry>> {
        validate_path(path)?;
        self.with_live(|live| async move { file::list(&live.link, path).await }).await
    }

    /// Deletes a file or a symbolic link; a directory with all in it when `recursive`.
    ///
    /// # Errors
    /// `FILE_ERROR`, and as [`Sandbox::ensure`].
    pub async fn delete_file(&self, path: &str, recursive: bool) -> Result<()> {
        validate_path(path)?;
        let asked = AtomicBool::new(false);
        let delete = |live: Arc<Live>| {
            let again = asked.swap(true, Ordering::Relaxed);
            async move {
                match file::delete(&live.link, path, recursive).await {
                    // Its first agent was lost, but not before it had done so.
                    Err(error)
                        if again && error.details().get("errno").is_some_and(|errno| errno == "ENOENT") =>
                    {
                        Ok(())
                    }
                    outcome => outcome,
                }
            }
        };
        self.with_live(delete).await
    }
}

/// Refuses what is no path.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn validate_path(path: &str) -> Result<()> {
    const PATH_MAX: usize = 4095;
    if path.is_empty() || path.len() > PATH_MAX || path.contains('\0') {
        return Err(Error::invalid("path", "a path is 1 to 4095 bytes without NUL"));
    }
    Ok(())
}
