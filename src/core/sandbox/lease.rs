//! Who uses a sandbox now, and when it was used last.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    sync::Mutex,
    time::{Duration, Instant, SystemTime},
};

/// Activity is written down at most so often.
const RESOLUTION: Duration = Duration::from_secs(1);

/// A sandbox in use by this process: a lock on a file that ends with the process, however that ends. The
/// file's modification time is the last activity.
#[derive(Debug)]
pub struct Lease {
    file: File,
    touched: Mutex<Instant>,
}

impl Lease {
    /// Takes a share of a sandbox.
    ///
    /// # Errors
    /// When the file can't be made.
    pub fn share(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        // Others hold it alone only for the moment of a look.
        file.lock_shared()?;
        let lease = Self { file, touched: Mutex::new(Instant::now()) };
        lease.file.set_modified(SystemTime::now())?;
        Ok(lease)
    }

    /// Writes activity down.
    pub fn touch(&self) {
        let Ok(mut touched) = self.touched.lock() else { return };
        if touched.elapsed() >= RESOLUTION {
            *touched = Instant::now();
            // Only the janitor's judgement of idleness hangs on it.
            let _ = self.file.set_modified(SystemTime::now());
        }
    }
}

/// Whether another lease on the file lives. This process' own share must be gone by then.
///
/// # Errors
/// When the file can't be opened.
pub fn is_held(path: &Path) -> io::Result<bool> {
    match open(path)?.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The only right to make, start or replace a container; ends when it is dropped.
///
/// # Errors
/// When the file can't be opened.
pub fn try_exclusive(path: &Path) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}
