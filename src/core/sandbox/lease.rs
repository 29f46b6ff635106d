//! Who uses a sandbox now, and when it was used last.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::MetadataExt,
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
        loop {
            let file = open(path)?;
            // Others hold it alone only for the moment of a look.
            file.lock_shared()?;
            if is_at(&file, path)? {
                file.set_modified(SystemTime::now())?;
                return Ok(Self { file, touched: Mutex::new(Instant::now()) });
            }
        }
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
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    Ok(!try_lock(&file)?)
}

/// The only right to make, start or replace a container; ends when it is dropped.
///
/// # Errors
/// When the file can't be opened.
pub fn try_exclusive(path: &Path) -> io::Result<Option<File>> {
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

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a file that was locked is still the one at its path: who held it may have removed it, and the next one locks
/// another.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let locked = file.metadata()?;
    match path.metadata() {
        Ok(there) => Ok((there.dev(), there.ino()) == (locked.dev(), locked.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
