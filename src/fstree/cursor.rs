use std::os::fd::{AsFd, OwnedFd};

use nix::{
    NixPath,
    errno::Errno,
    fcntl::{OFlag, openat},
    libc::{dev_t, ino_t},
    sys::stat::{FileStat, Mode, fstat},
};

/// A place in a tree, from which one goes one directory down or up at a time.
///
/// Two directories are open, however deep that is. What lies further up is found by `..`, and is the directory that
/// one came from or an error: hostile code may have moved the one that one is in.
#[derive(Debug)]
pub struct Cursor {
    here: OwnedFd,
    parent: Option<OwnedFd>,
    /// The directories above, the top first.
    above: Vec<(dev_t, ino_t)>,
}

impl Cursor {
    /// Begins at the top.
    pub fn new(top: OwnedFd) -> Self {
        Self { here: top, parent: None, above: Vec::new() }
    }

    /// The directory that one is in.
    pub fn here(&self) -> &OwnedFd {
        &self.here
    }

    /// Goes into a directory that was opened in the one that one is in.
    pub fn enter(&mut self, directory: OwnedFd) -> Result<(), Errno> {
        self.above.push(identity(&fstat(&self.here)?));
        self.parent = Some(std::mem::replace(&mut self.here, directory));
        Ok(())
    }

    /// Goes back up; gives the directory that was left.
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

/// Opens a directory itself: a symbolic link in its place is `ENOTDIR`.
pub fn open_directory<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// What no two files that are there at one time have in common.
pub fn identity(stat: &FileStat) -> (dev_t, ino_t) {
    (stat.st_dev, stat.st_ino)
}
