use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat},
    sys::stat::{FileStat, Mode, SFlag, fstat},
    unistd::{Gid, Uid, fchownat},
};

/// How deep a tree may be. Each level keeps a directory open.
pub(crate) const MAX_DEPTH: usize = 256;

/// Makes a user the owner of everything in a tree that belongs to another one, `from`. The top comes last: until everything
/// is done, the new owner cannot enter, and what was interrupted can be done again. Every file is opened without following
/// a link and changed through its descriptor. Other file systems mounted in the tree are left alone.
///
/// # Errors
/// `EMLINK` for a file of root's with another name, which may be outside of the tree; `ENAMETOOLONG` for a tree that is too
/// deep; the system's error.
pub fn give(top: impl AsFd, from: Uid, uid: Uid, gid: Gid) -> Result<(), Errno> {
    let device = fstat(&top)?.st_dev;
    let change = |file: BorrowedFd, stat: &FileStat| {
        if stat.st_uid != from.as_raw() {
            return Ok(());
        }
        fchownat(file, c"", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH)
    };
    let mut open = vec![Level::read(&top)?];
    while let Some(level) = open.last_mut() {
        let Some(name) = level.names.pop() else {
            if let Some(done) = open.pop() {
                change(done.directory.as_fd(), &fstat(&done.directory)?)?;
            }
            continue;
        };
        let flags = OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let found = match openat(&level.directory, name.as_c_str(), flags | OFlag::O_PATH, Mode::empty()) {
            // Deleted in the meantime.
            Err(Errno::ENOENT) => continue,
            found => found?,
        };
        let stat = fstat(&found)?;
        if stat.st_dev != device {
            continue;
        }
        if !is_directory(&stat) {
            if stat.st_uid == 0 && from.is_root() && stat.st_nlink > 1 {
                return Err(Errno::EMLINK);
            }
            change(found.as_fd(), &stat)?;
            continue;
        }
        if open.len() >= MAX_DEPTH {
            return Err(Errno::ENAMETOOLONG);
        }
        open.push(Level::read(&found)?);
    }
    Ok(())
}

/// A directory whose entries are being given.
struct Level {
    directory: OwnedFd,
    names: Vec<CString>,
}

impl Level {
    /// Reads the very directory that is open, which a descriptor with `O_PATH` is enough for.
    fn read(directory: impl AsFd) -> Result<Self, Errno> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let directory = openat(directory, c".", flags, Mode::empty())?;
        let mut names = Vec::new();
        for entry in Dir::from_fd(openat(&directory, c".", flags, Mode::empty())?)?.iter() {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                names.push(CStr::to_owned(entry.file_name()));
            }
        }
        Ok(Self { directory, names })
    }
}

fn is_directory(stat: &FileStat) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR
}
