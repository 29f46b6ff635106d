//! Directories that their owner has locked by taking away permissions.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::{
    NixPath,
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::{FchmodatFlags, Mode, fchmodat},
};

use crate::cursor::open_directory;

/// Opens a directory, whatever its mode. A symbolic link is not followed.
pub fn open_unlocked<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<OwnedFd, Errno> {
    match open_directory(&at, name) {
        Err(Errno::EACCES) => {
            unlock(&at, name)?;
            open_directory(&at, name)
        }
        outcome => outcome,
    }
}

/// Gives the owner all permissions on a directory. A symbolic link is not followed.
pub fn unlock<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<(), Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let directory = openat(&at, name, flags, Mode::empty())?;
    let path = format!("/proc/self/fd/{}", directory.as_raw_fd());
    fchmodat(AT_FDCWD, path.as_str(), Mode::S_IRWXU, FchmodatFlags::FollowSymlink)
}
