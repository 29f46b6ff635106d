use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::{FileStat, Mode, fstat},
};

use super::{Identity, Links, Refusal, Resolved, resolve};

/// A file or directory that was found at a path once and is held open since: whatever happens to the path, this stays the
/// same file.
#[derive(Debug)]
pub struct Pinned {
    file: OwnedFd,
    path: PathBuf,
}

impl Pinned {
    /// A file that was opened with `O_PATH`, and the path at which it was found.
    #[must_use]
    pub fn new(file: OwnedFd, path: PathBuf) -> Self {
        Self { file, path }
    }

    /// Finds what is at a path.
    ///
    /// # Errors
    /// [`Refusal`]; `ENOENT` when it does not exist.
    pub fn find(path: &Path, links: Links) -> Result<Self, Refusal> {
        let Resolved { file, path, missing } = resolve(path, links)?;
        if missing.is_empty() { Ok(Self { file, path }) } else { Err(Errno::ENOENT.into()) }
    }

    /// The path at which it was found, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is.
    ///
    /// # Errors
    /// The system's error.
    pub fn identity(&self) -> Result<Identity, Errno> {
        Identity::of(&self.file)
    }

    /// Its metadata.
    ///
    /// # Errors
    /// The system's error.
    pub fn stat(&self) -> Result<FileStat, Errno> {
        fstat(&self.file)
    }

    /// Opens this very file, with flags such as `O_RDONLY`.
    ///
    /// # Errors
    /// The system's error.
    pub fn open(&self, flags: OFlag) -> Result<OwnedFd, Errno> {
        openat(AT_FDCWD, self.handle().as_path(), flags | OFlag::O_CLOEXEC, Mode::empty())
    }

    /// A path that leads to this very file for as long as this is held, in this process only.
    #[must_use]
    pub fn handle(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }
}

impl AsFd for Pinned {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
