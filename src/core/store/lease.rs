//! Leases: which processes use a sandbox, and when it was last used.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant, SystemTime},
};

use super::{failure::failed, listing::ids, lock};
use crate::{config::id::SandboxId, error::Result};

/// Activity is recorded at most this often.
const RESOLUTION: Duration = Duration::from_secs(1);

/// The leases of a data directory: one file for each sandbox.
#[derive(Debug)]
pub struct Leases {
    directory: PathBuf,
}

/// This process's use of a sandbox: a shared lock on a file, which the kernel releases when the process ends, however
/// that happens. The file's modification time is the sandbox's last activity.
#[derive(Debug)]
pub struct Lease {
    file: File,
    touched: Mutex<Instant>,
}

impl Leases {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Takes a lease on a sandbox. Any number of processes can hold one.
    ///
    /// # Errors
    /// `FILE_ERROR` when the lease cannot be written.
    pub fn take(&self, id: &SandboxId) -> Result<Lease> {
        let path = self.path(id);
        share(&path).map_err(|error| failed("lease the sandbox", &path, &error))
    }

    /// Whether anybody holds a lease on a sandbox. This process must have dropped its own.
    ///
    /// # Errors
    /// `FILE_ERROR` when the lease cannot be read.
    pub fn is_held(&self, id: &SandboxId) -> Result<bool> {
        let path = self.path(id);
        let is_held = || -> io::Result<bool> {
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                opened => opened?,
            };
            Ok(!lock::try_lock(&file)?)
        };
        is_held().map_err(|error| failed("look for leases of the sandbox", &path, &error))
    }

    /// When any process last used a sandbox; `None` if none ever did.
    #[must_use]
    pub fn last_activity(&self, id: &SandboxId) -> Option<SystemTime> {
        self.path(id).metadata().and_then(|metadata| metadata.modified()).ok()
    }

    /// The sandboxes that have a lease file, whether a process holds it or not.
    pub(super) fn ids(&self) -> Result<Vec<SandboxId>> {
        ids(&self.directory, "")
    }

    pub(super) fn path(&self, id: &SandboxId) -> PathBuf {
        self.directory.join(id.as_str())
    }
}

fn share(path: &Path) -> io::Result<Lease> {
    loop {
        let file = lock::open(path)?;
        // Others hold it exclusively only while they check for leases.
        file.lock_shared()?;
        if lock::is_at(&file, path)? {
            file.set_modified(SystemTime::now())?;
            return Ok(Lease { file, touched: Mutex::new(Instant::now()) });
        }
    }
}

impl Lease {
    /// Records that the sandbox is being used.
    pub fn touch(&self) {
        let Ok(mut touched) = self.touched.lock() else { return };
        if touched.elapsed() >= RESOLUTION {
            *touched = Instant::now();
            // A failure only makes the sandbox look idle too early.
            let _ = self.file.set_modified(SystemTime::now());
        }
    }
}

/// Removes a directory with files of ours; one that does not exist is fine.
pub(super) fn remove_directory(path: &Path, what: &str) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(what, path, &error)),
        _ => Ok(()),
    }
}

/// Removes a file; one that does not exist is fine.
pub(super) fn remove_file(path: &Path, what: &str) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(what, path, &error)),
        _ => Ok(()),
    }
}
