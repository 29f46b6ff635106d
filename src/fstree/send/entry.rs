//! One entry of a directory that is sent.

use std::{
    ffi::{CStr, OsString},
    os::fd::OwnedFd,
};

use cofferdam_protocol::{
    copy::{Attributes, Reason},
    file::Kind,
};
use nix::{
    dir::{Entry, Type},
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, readlinkat},
    sys::{
        stat::{FileStat, Mode, fstat, fstatat},
        statfs::{PROC_SUPER_MAGIC, fstatfs},
    },
};

use crate::{errno::system, kind::kind};

/// The type of an entry. `None` when it was deleted in the meantime.
pub fn type_of(directory: &OwnedFd, entry: &Entry) -> Result<Option<Type>, Errno> {
    if let Some(known) = entry.file_type() {
        return Ok(Some(known));
    }
    let stat = match fstatat(directory, entry.file_name(), AtFlags::AT_SYMLINK_NOFOLLOW) {
        Err(Errno::ENOENT) => return Ok(None),
        outcome => outcome?,
    };
    Ok(Some(match kind(&stat) {
        None => Type::File,
        Some(Kind::Directory) => Type::Directory,
        Some(Kind::Fifo) => Type::Fifo,
        Some(Kind::Socket) => Type::Socket,
        Some(Kind::Device) => Type::CharacterDevice,
        Some(Kind::Other) => Type::Symlink,
    }))
}

/// Opens an entry that was a regular file. `None` when it was deleted in the meantime.
pub fn open_file(directory: &OwnedFd, name: &CStr) -> Result<Option<(OwnedFd, FileStat)>, Reason> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let file = match openat(directory, name, flags, Mode::empty()) {
        Err(Errno::ENOENT) => return Ok(None),
        Err(Errno::ELOOP | Errno::ENXIO) => return Err(Reason::Changed),
        outcome => outcome.map_err(system)?,
    };
    let stat = fstat(&file).map_err(system)?;
    if kind(&stat).is_some() { Err(Reason::Changed) } else { Ok(Some((file, stat))) }
}

/// Reads an entry that was a symbolic link. `None` when it was deleted in the meantime.
pub fn read_link(directory: &OwnedFd, name: &CStr) -> Result<Option<OsString>, Reason> {
    match readlinkat(directory, name) {
        Err(Errno::ENOENT) => Ok(None),
        Err(Errno::EINVAL) => Err(Reason::Changed),
        outcome => outcome.map(Some).map_err(system),
    }
}

/// Refuses files in `/proc`: a process may read things about itself that others may not, and a size of 0 says nothing
/// about the contents there.
pub fn refuse_proc(file: &OwnedFd) -> Result<(), Reason> {
    match fstatfs(file) {
        Ok(found) if found.filesystem_type() == PROC_SUPER_MAGIC => Err(system(Errno::EACCES)),
        _ => Ok(()),
    }
}

/// The attributes that a copy keeps.
pub fn attributes(stat: &FileStat) -> Attributes {
    let modified = stat.st_mtime.checked_mul(1_000_000_000).and_then(|ns| ns.checked_add(stat.st_mtime_nsec));
    Attributes { mode: stat.st_mode & 0o777, modified }
}
