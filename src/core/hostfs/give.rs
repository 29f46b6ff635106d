use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd, OwnedFd},
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat},
    sys::stat::{FileStat, Mode, SFlag, fstat},
    unistd::{Gid, Uid, fchownat},
};

use super::Pinned;

/// How deep a tree may be. Each level keeps a directory open.
const MAX_DEPTH: usize = 256;

/// Makes a user the owner of everything in a tree that belongs to root. The top comes last: until everything is done, the
/// new owner cannot enter. Every file is opened without following a link and changed through its descriptor. Other file
/// systems mounted in the tree are left alone.
///
/// # Errors
/// `EMLINK` for a file with another name, which may be outside of the tree; `ENAMETOOLONG` for a tree that is too deep; the
/// system's error.
pub fn give(top: &Pinned, uid: Uid, gid: Gid) -> Result<(), Errno> {
    let stat = top.stat()?;
    let device = stat.st_dev;
    let mut open = vec![Level::read(top.open(OFlag::O_RDONLY | OFlag::O_DIRECTORY)?)?];
    while let Some(level) = open.last_mut() {
        let Some(name) = level.names.pop() else {
            if let Some(done) = open.pop() {
                change(&done.directory, &fstat(&done.directory)?, uid, gid)?;
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
            if stat.st_uid == 0 && stat.st_nlink > 1 {
                return Err(Errno::EMLINK);
            }
            change(&found, &stat, uid, gid)?;
            continue;
        }
        if open.len() >= MAX_DEPTH {
            return Err(Errno::ENAMETOOLONG);
        }
        // The very directory that was just looked at.
        open.push(Level::read(openat(
            &found,
            c".",
            OFlag::O_RDONLY | OFlag::O_DIRECTORY | flags,
            Mode::empty(),
        )?)?);
    }
    Ok(())
}

/// A directory whose entries are being given.
struct Level {
    directory: OwnedFd,
    names: Vec<CString>,
}

impl Level {
    fn read(directory: OwnedFd) -> Result<Self, Errno> {
        let mut names = Vec::new();
        for entry in Dir::from_fd(openat(
            &directory,
            c".",
            OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
            Mode::empty(),
        )?)?
        .iter()
        {
            let entry = entry?;
            if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                names.push(CStr::to_owned(entry.file_name()));
            }
        }
        Ok(Self { directory, names })
    }
}

fn change(file: impl AsFd, stat: &FileStat, uid: Uid, gid: Gid) -> Result<(), Errno> {
    if stat.st_uid != 0 {
        return Ok(());
    }
    fchownat(file, c"", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH)
}

fn is_directory(stat: &FileStat) -> bool {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR
}

#[cfg(test)]
mod tests;
