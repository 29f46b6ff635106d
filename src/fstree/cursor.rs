use std::os::fd::{AsFd, OwnedFd};

use nix::{
    NixPath,
    errno::Errno,
    fcntl::{OFlag, openat},
    libc::{dev_t, ino_t},
    sys::stat::{FileStat, Mode, fstat},
};

/// A position in a tree that moves down or up by one directory at a time.
///
/// At most two directories are open, however deep the position is. Those further up are reached through `..`, which must
/// lead to the directory that was left on the way down: hostile code may have moved the current one.
#[derive(Debug)]
pub struct Cursor {
    here: OwnedFd,
    parent: Option<OwnedFd>,
    /// The identities of the directories above, the top first.
    above: Vec<(dev_t, ino_t)>,
}

impl Cursor {
    /// Starts at the top.
    #[must_use]
    pub fn new(top: OwnedFd) -> Self {
        Self { here: top, parent: None, above: Vec::new() }
    }

    /// The current directory.
    #[must_use]
    pub fn here(&self) -> &OwnedFd {
        &self.here
    }

    /// Enters a directory that was opened in the current one.
    ///
    /// # Errors
    /// The system's error.
    pub fn enter(&mut self, directory: OwnedFd) -> Result<(), Errno> {
        self.above.push(identity(&fstat(&self.here)?));
        self.parent = Some(std::mem::replace(&mut self.here, directory));
        Ok(())
    }

    /// Goes back up and gives the directory that was left.
    ///
    /// # Errors
    /// `ESTALE` when the tree above has changed; `EINVAL` at the top.
    pub fn leave(&mut self) -> Result<OwnedFd, Errno> {
        let expected = self.above.pop().ok_or(Errno::EINVAL)?;
        let parent = match self.parent.take() {
            Some(parent) => parent,
            None => self.climb(expected)?,
        };
        Ok(std::mem::replace(&mut self.here, parent))
    }

    fn climb(&self, expected: (dev_t, ino_t)) -> Result<OwnedFd, Errno> {
        let parent = open_directory(&self.here, "..")?;
        if identity(&fstat(&parent)?) == expected { Ok(parent) } else { Err(Errno::ESTALE) }
    }
}

/// Opens a directory. A symbolic link is not followed; it gives `ENOTDIR`.
pub fn open_directory<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// What identifies a file among all that exist at one time.
pub fn identity(stat: &FileStat) -> (dev_t, ino_t) {
    (stat.st_dev, stat.st_ino)
}
