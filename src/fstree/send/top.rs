use std::{os::fd::OwnedFd, path::Path};

use cofferdam_protocol::{copy::Reason, file::Kind};
use nix::{errno::Errno, fcntl::OFlag, sys::stat::fstat};

use crate::{errno::system, kind::kind};

/// Opens the top of a tree: a directory or a regular file, and nothing else. `open` opens a path.
///
/// # Errors
/// The system's error, or the kind of file that was found instead.
pub fn open_top(
    path: &Path,
    open: impl Fn(&Path, OFlag) -> Result<OwnedFd, Errno>,
) -> Result<OwnedFd, Reason> {
    // Checked before it is opened: opening a named pipe wakes its writers, however soon it is closed again.
    let seen = open(path, OFlag::O_PATH).map_err(system)?;
    match kind(&fstat(&seen).map_err(system)?) {
        None | Some(Kind::Directory) => {
            open(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY).map_err(system)
        }
        // A symbolic link that must not be followed.
        Some(Kind::Other) => Err(system(Errno::ELOOP)),
        Some(kind) => Err(Reason::Kind(kind)),
    }
}
