use std::{os::fd::OwnedFd, path::Path};

use cofferdam_protocol::{copy::Reason, file::Kind};
use nix::{
    errno::Errno,
    fcntl::OFlag,
    libc,
    sys::stat::{FileStat, fstat},
};

use crate::errno::system;

/// Opens what a tree begins with, a directory or a regular file, and nothing else. `open` opens a path.
///
/// # Errors
/// What the system gives, and what is there in its place.
pub fn open_top(
    path: &Path,
    open: impl Fn(&Path, OFlag) -> Result<OwnedFd, Errno>,
) -> Result<OwnedFd, Reason> {
    // Looked at before it is opened: to open a named pipe, even for an instant, wakes whoever writes to it.
    let seen = open(path, OFlag::O_PATH).map_err(system)?;
    match kind(&fstat(&seen).map_err(system)?) {
        None | Some(Kind::Directory) => {
            open(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY).map_err(system)
        }
        // A link that is not to be followed.
        Some(Kind::Other) => Err(system(Errno::ELOOP)),
        Some(kind) => Err(Reason::Kind(kind)),
    }
}

/// What is there in place of a regular file.
#[must_use]
pub fn kind(stat: &FileStat) -> Option<Kind> {
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => None,
        libc::S_IFDIR => Some(Kind::Directory),
        libc::S_IFIFO => Some(Kind::Fifo),
        libc::S_IFSOCK => Some(Kind::Socket),
        libc::S_IFCHR | libc::S_IFBLK => Some(Kind::Device),
        _ => Some(Kind::Other),
    }
}
