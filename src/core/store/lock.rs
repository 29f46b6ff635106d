//! Locks: the exclusive right to create, start, replace or remove a sandbox's container, across processes.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{failure::failed, listing::ids};
use crate::{
    config::id::SandboxId,
    error::{Code, Error, Result},
};

/// How often a lock that another process holds is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// How long another process may hold a lock.
const PATIENCE: Duration = Duration::from_mins(2);

/// The locks of a data directory: one file for each sandbox.
#[derive(Debug)]
pub struct Locks {
    directory: PathBuf,
}

impl Locks {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Takes the lock of a sandbox; `None` while somebody else holds it. The lock ends when the file is dropped, or
    /// with the process.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn try_take(&self, id: &SandboxId) -> Result<Option<File>> {
        let path = self.path(id);
        try_exclusive(&path).map_err(|error| failed("lock the sandbox", &path, &error))
    }

    /// Waits for the lock of a sandbox.
    ///
    /// # Errors
    /// `TIMEOUT` when another process holds it for 2 minutes; `FILE_ERROR`.
    pub async fn take(&self, id: &SandboxId) -> Result<File> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(lock) = self.try_take(id)? {
                return Ok(lock);
            }
            sleep(RETRY).await;
        }
        let message = format!("another process has held the lock of sandbox {id} for 2 minutes");
        Err(Error::new(Code::Timeout, message))
    }

    /// The sandboxes that have a lock file, whether it is locked or not.
    pub(super) fn ids(&self) -> Result<Vec<SandboxId>> {
        ids(&self.directory, "")
    }

    pub(super) fn path(&self, id: &SandboxId) -> PathBuf {
        self.directory.join(id.as_str())
    }
}

fn try_exclusive(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = open(path)?;
        if !try_lock(&file)? {
            return Ok(None);
        }
        if is_at(&file, path)? {
            return Ok(Some(file));
        }
    }
}

pub(super) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a locked file is still the one at its path. Its previous holder may have removed it, and then the next
/// process locks another file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let locked = file.metadata()?;
    match path.metadata() {
        Ok(found) => Ok((found.dev(), found.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
