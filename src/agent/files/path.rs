use std::{
    ffi::CString,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Component, Path, PathBuf},
};

use cofferdam_fstree::{Target, describe, kind, open_top, system};
use cofferdam_protocol::{
    copy::Reason,
    file::{Failure, Kind},
};
use libc::mode_t;
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag, OpenHow, ResolveFlag, openat, openat2, readlink, readlinkat},
    sys::{
        stat::{FileStat, Mode, fstatat, mkdirat},
        statfs::{PROC_SUPER_MAGIC, fstatfs},
    },
    unistd::{ROOT, getpid, setfsuid},
};

use crate::user::WORKSPACE;

/// As many symbolic links as the kernel follows in one path (`MAXSYMLINKS`).
const MAX_LINKS: usize = 40;

/// Where a file is, or will be.
pub struct Place {
    /// Its directory.
    pub directory: OwnedFd,
    /// Its name in there.
    pub name: CString,
    /// What is there now.
    pub existing: Option<FileStat>,
}

/// Opens a path as the user.
fn open<Fd: AsFd>(directory: Fd, path: &Path, flags: OFlag) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_MAGICLINKS);
    match openat2(directory.as_fd(), path, how) {
        // gVisor and kernels before 5.6 lack the call; permissions alone keep the agent's links shut there.
        Err(Errno::ENOSYS) => openat(directory, path, flags, Mode::empty()),
        outcome => outcome,
    }
}

/// The path as the agent opens it: relative ones begin in the workspace.
pub fn in_workspace(path: &str) -> PathBuf {
    Path::new(WORKSPACE).join(path)
}

/// Opens a regular file for reading, and nothing else.
pub fn open_regular(path: &str) -> Result<(OwnedFd, FileStat), Failure> {
    let path = in_workspace(path);
    // Looked at before it is opened: to open a named pipe, even for an instant, wakes whoever writes to it.
    let seen = open(AT_FDCWD, &path, OFlag::O_PATH).map_err(failure)?;
    regular(&nix::sys::stat::fstat(&seen).map_err(failure)?)?;
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = open(AT_FDCWD, &path, flags).map_err(failure)?;
    // And once more, because it may be another file by now.
    let stat = nix::sys::stat::fstat(&file).map_err(failure)?;
    regular(&stat)?;
    if is_own(&file).map_err(failure)? {
        return Err(failure(Errno::EACCES));
    }
    Ok((file, stat))
}

/// Whether a file tells of the agent itself: the kernel lets a process read its own `/proc/self/maps`, which
/// it would refuse the user.
fn is_own(file: &OwnedFd) -> Result<bool, Errno> {
    if fstatfs(file)?.filesystem_type() != PROC_SUPER_MAGIC {
        return Ok(false);
    }
    // The link is the agent's own too, and the user may not follow it.
    let user = setfsuid(ROOT);
    let path = readlink(format!("/proc/self/fd/{}", file.as_raw_fd()).as_str());
    setfsuid(user);
    Ok(Path::new(&path?).starts_with(format!("/proc/{}", getpid())))
}

/// Opens a directory for reading.
pub fn open_directory(path: &str) -> Result<OwnedFd, Failure> {
    let directory =
        open(AT_FDCWD, &in_workspace(path), OFlag::O_RDONLY | OFlag::O_DIRECTORY).map_err(failure)?;
    if is_own(&directory).map_err(failure)? {
        return Err(failure(Errno::EACCES));
    }
    Ok(directory)
}

/// Opens the top of a tree that is to be sent.
pub fn open_tree(path: &str) -> Result<OwnedFd, Reason> {
    open_top(&in_workspace(path), |path, flags| open(AT_FDCWD, path, flags))
}

/// Finds where a tree is to be received.
pub fn target(path: &str) -> Result<Target, Reason> {
    let open = |path: &Path| open(AT_FDCWD, path, OFlag::O_RDONLY | OFlag::O_DIRECTORY);
    Target::find(&in_workspace(path), open, open).map_err(system)
}

/// The directory that a path's last name is in, and that name; no link in its place is followed.
pub fn parent(path: &str) -> Result<(OwnedFd, CString), Failure> {
    let path = in_workspace(path);
    let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
        return Err(failure(Errno::EBUSY));
    };
    let directory = open(AT_FDCWD, parent, OFlag::O_PATH | OFlag::O_DIRECTORY).map_err(failure)?;
    let name = CString::new(name.as_bytes()).map_err(|_| failure(Errno::EINVAL))?;
    Ok((directory, name))
}

/// Finds where a file is to be written: makes the directories that are missing and follows symbolic links to
/// the file that they stand for.
pub fn place(path: &str) -> Result<Place, Failure> {
    let mut path = in_workspace(path);
    for _ in 0..MAX_LINKS {
        // `file_name` looks past a trailing slash, which asks for a directory.
        let named = !path.as_os_str().as_bytes().ends_with(b"/");
        let (Some(name), Some(parent), true) = (path.file_name(), path.parent(), named) else {
            return Err(Failure::NotRegular(Kind::Directory));
        };
        let directory = open_or_make(parent).map_err(failure)?;
        let name = CString::new(name.as_bytes()).map_err(|_| failure(Errno::EINVAL))?;
        match fstatat(&directory, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Err(Errno::ENOENT) => return Ok(Place { directory, name, existing: None }),
            Err(errno) => return Err(failure(errno)),
            Ok(stat) if file_type(&stat) == libc::S_IFLNK => {
                path = parent.join(readlinkat(&directory, name.as_c_str()).map_err(failure)?);
            }
            Ok(stat) => {
                regular(&stat)?;
                return Ok(Place { directory, name, existing: Some(stat) });
            }
        }
    }
    Err(failure(Errno::ELOOP))
}

/// Opens a directory; makes it, and those above it, when it is missing.
fn open_or_make(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
    match open(AT_FDCWD, path, flags) {
        Err(Errno::ENOENT) => {}
        outcome => return outcome,
    }
    let start = if path.is_absolute() { "/" } else { WORKSPACE };
    let mut directory = open(AT_FDCWD, Path::new(start), flags)?;
    for component in path.components() {
        let name = match component {
            Component::Normal(name) => Path::new(name),
            Component::ParentDir => Path::new(".."),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        };
        directory = match open(&directory, name, flags) {
            Err(Errno::ENOENT) => {
                match mkdirat(&directory, name, Mode::from_bits_truncate(0o755)) {
                    // Another write may have made it just now.
                    Ok(()) | Err(Errno::EEXIST) => open(&directory, name, flags)?,
                    Err(errno) => return Err(errno),
                }
            }
            outcome => outcome?,
        };
    }
    Ok(directory)
}

pub fn file_type(stat: &FileStat) -> mode_t {
    stat.st_mode & libc::S_IFMT
}

fn regular(stat: &FileStat) -> Result<(), Failure> {
    kind(stat).map_or(Ok(()), |kind| Err(Failure::NotRegular(kind)))
}

/// A system error as the host hears of it.
pub fn failure(errno: Errno) -> Failure {
    Failure::System(describe(errno))
}
