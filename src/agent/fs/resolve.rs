use std::os::{fd::OwnedFd, unix::ffi::OsStringExt};

use cofferdam_protocol::{RawPath, file::Failure};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, readlinkat},
    sys::stat::fstat,
};

use super::{
    failure::failure,
    open::{in_workspace, open, path_of, refuse_own},
};

/// Where a symbolic link points.
pub fn link(path: &RawPath) -> Result<RawPath, Failure> {
    let link = open_link(path)?;
    let target = readlinkat(&link, "").map_err(|errno| match errno {
        // What the kernel says of an open file that is no link.
        Errno::ENOENT => failure(Errno::EINVAL),
        errno => failure(errno),
    })?;
    Ok(target.into_vec().into())
}

fn open_link(path: &RawPath) -> Result<OwnedFd, Failure> {
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW;
    let link = open(AT_FDCWD, &in_workspace(path), flags).map_err(failure)?;
    // The agent's links in /proc tell of its files.
    refuse_own(&link)?;
    Ok(link)
}

/// The absolute path of a file, without links.
pub fn path(path: &RawPath) -> Result<RawPath, Failure> {
    let file = open(AT_FDCWD, &in_workspace(path), OFlag::O_PATH).map_err(failure)?;
    let found = path_of(&file).map_err(failure)?;
    // The kernel adds a word to the path of a file that was deleted.
    if fstat(&file).map_err(failure)?.st_nlink == 0 {
        return Err(failure(Errno::ENOENT));
    }
    Ok(found.into_os_string().into_vec().into())
}
