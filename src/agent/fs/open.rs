//! Opening paths as the user.

use std::{
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

use cofferdam_fstree::open_top;
use cofferdam_protocol::{copy::Reason, file::Failure};
use libc::mode_t;
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat, openat2, readlink},
    sys::{
        stat::{FileStat, Mode, fstat},
        statfs::{PROC_SUPER_MAGIC, fstatfs},
    },
    unistd::{ROOT, getpid, setfsuid},
};

use super::failure::{failure, require_regular};

use crate::workspace::WORKSPACE;

/// Opens a path without following magic links.
pub fn open<Fd: AsFd>(directory: Fd, path: &Path, flags: OFlag) -> Result<OwnedFd, Errno> {
    open_or_make(directory, path, flags, 0)
}

/// As [`open`], for flags that may create the file: it gets this mode.
pub fn open_or_make<Fd: AsFd>(
    directory: Fd,
    path: &Path,
    flags: OFlag,
    mode: mode_t,
) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlag::O_CLOEXEC;
    let mode = Mode::from_bits_truncate(if flags.contains(OFlag::O_CREAT) { mode } else { 0 });
    let how = OpenHow::new().flags(flags).mode(mode).resolve(ResolveFlag::RESOLVE_NO_MAGICLINKS);
    match openat2(directory.as_fd(), path, how) {
        // gVisor and kernels before 5.6 lack the call. There, only permissions protect the agent's magic links.
        Err(Errno::ENOSYS) => openat(directory, path, flags, mode),
        outcome => outcome,
    }
}

/// The path as the agent opens it: relative paths start in the workspace.
pub fn in_workspace(path: impl AsRef<Path>) -> PathBuf {
    Path::new(WORKSPACE).join(path)
}

/// Opens a regular file for reading, and nothing else.
pub fn open_regular(path: impl AsRef<Path>) -> Result<(OwnedFd, FileStat), Failure> {
    let path = in_workspace(path);
    // Checked before it is opened: opening a named pipe wakes its writers, however soon it is closed again.
    let seen = open(AT_FDCWD, &path, OFlag::O_PATH).map_err(failure)?;
    require_regular(&fstat(&seen).map_err(failure)?)?;
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = open(AT_FDCWD, &path, flags).map_err(failure)?;
    // Checked again, because it may be another file by now.
    let stat = fstat(&file).map_err(failure)?;
    require_regular(&stat)?;
    refuse_own(&file)?;
    Ok((file, stat))
}

/// Opens a directory for reading.
pub fn open_directory(path: impl AsRef<Path>) -> Result<OwnedFd, Failure> {
    let directory =
        open(AT_FDCWD, &in_workspace(path), OFlag::O_RDONLY | OFlag::O_DIRECTORY).map_err(failure)?;
    refuse_own(&directory)?;
    Ok(directory)
}

/// Opens the top of a tree that is to be sent.
pub fn open_tree(path: &str) -> Result<OwnedFd, Reason> {
    open_top(&in_workspace(path), |path, flags| open(AT_FDCWD, path, flags))
}

/// Refuses a file that describes the agent itself: the kernel lets a process read its own `/proc/self/maps`, and write its own
/// `/proc/self/attr`, which it would refuse to the user.
pub fn refuse_own(file: &OwnedFd) -> Result<(), Failure> {
    if is_own(file).map_err(failure)? { Err(failure(Errno::EACCES)) } else { Ok(()) }
}

fn is_own(file: &OwnedFd) -> Result<bool, Errno> {
    if fstatfs(file)?.filesystem_type() != PROC_SUPER_MAGIC {
        return Ok(false);
    }
    Ok(path_of(file)?.starts_with(format!("/proc/{}", getpid())))
}

/// The path of an open file, without links.
pub fn path_of(file: &OwnedFd) -> Result<PathBuf, Errno> {
    // This link belongs to the agent, and the user may not follow it.
    let user = setfsuid(ROOT);
    let path = readlink(format!("/proc/self/fd/{}", file.as_raw_fd()).as_str());
    setfsuid(user);
    path.map(PathBuf::from)
}
