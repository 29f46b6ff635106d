use std::{
    ffi::CStr,
    os::fd::{AsFd, AsRawFd, OwnedFd},
};

use nix::{
    NixPath,
    errno::Errno,
    fcntl::AtFlags,
    libc::{self, mode_t},
    sys::stat::{FileStat, Mode, fchmod, fstat, fstatat},
    unistd::{Whence, lseek},
};

use crate::{
    cursor::{Cursor, open_directory},
    unlock::unlock,
};

/// How much of a directory is read at once, in bytes: a few hundred names.
const BUFFER: usize = 8 * 1024;

/// The unit of a file's block count, in bytes.
const BLOCK: u64 = 512;

/// Counts the disk usage of a tree in small steps.
///
/// No names are kept, so a large directory costs no memory. A symbolic link counts itself, and mounts in the tree do not
/// count. A file with several hard links counts a share for each, so it counts once when all of them are in the tree.
pub struct Usage {
    cursor: Cursor,
    /// The directories that were entered and not left.
    levels: Vec<Level>,
    device: libc::dev_t,
    bytes: u64,
}

#[derive(Default)]
struct Level {
    /// Where to continue reading it.
    position: i64,
    /// Its mode, if its owner had locked it.
    locked: Option<mode_t>,
}

impl Usage {
    /// Starts with a directory.
    ///
    /// # Errors
    /// The system's error, such as `ENOENT`; `ENOTDIR` for anything but a directory, symbolic links included.
    pub fn of<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<Self, Errno> {
        let top = open_directory(at, name)?;
        let stat = fstat(&top)?;
        Ok(Self {
            cursor: Cursor::new(top),
            levels: vec![Level::default()],
            device: stat.st_dev,
            bytes: taken(&stat),
        })
    }

    /// Counts some more, at most a few hundred names. `false` when everything is counted.
    ///
    /// # Errors
    /// The system's error; `ESTALE` when a directory was moved in the meantime.
    pub fn step(&mut self) -> Result<bool, Errno> {
        let Some(level) = self.levels.last_mut() else { return Ok(false) };
        let mut buffer = [0; BUFFER];
        let mut entries = read(self.cursor.here(), level.position, &mut buffer)?;
        if entries.is_empty() {
            return self.leave();
        }
        while let Some((name, next)) = take(&mut entries) {
            level.position = next;
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let stat = match fstatat(self.cursor.here(), name, AtFlags::AT_SYMLINK_NOFOLLOW) {
                // Deleted in the meantime.
                Err(Errno::ENOENT) => continue,
                stat => stat?,
            };
            if stat.st_mode & libc::S_IFMT != libc::S_IFDIR {
                #[allow(clippy::useless_conversion, reason = "the count has 32 bits on other architectures")]
                let names = u64::from(stat.st_nlink.max(1));
                self.bytes += taken(&stat) / names;
            } else if stat.st_dev == self.device
                && let Some((directory, locked)) = enter(self.cursor.here(), name, &stat)?
            {
                self.bytes += taken(&stat);
                self.cursor.enter(directory)?;
                // The names after this one are read again later.
                self.levels.push(Level { position: 0, locked });
                break;
            }
        }
        Ok(true)
    }

    /// The usage counted so far, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn leave(&mut self) -> Result<bool, Errno> {
        let locked = self.levels.pop().and_then(|level| level.locked);
        if self.levels.is_empty() {
            return Ok(false);
        }
        let left = self.cursor.leave()?;
        if let Some(mode) = locked {
            fchmod(left, Mode::from_bits_truncate(mode))?;
        }
        Ok(true)
    }
}

/// Opens a directory in another one. If its owner has locked it, it is unlocked until it is left. `None` when it was deleted
/// in the meantime, or when another user has locked it.
fn enter(at: &OwnedFd, name: &CStr, stat: &FileStat) -> Result<Option<(OwnedFd, Option<mode_t>)>, Errno> {
    let owner = Mode::S_IRUSR | Mode::S_IXUSR;
    let locked = !Mode::from_bits_truncate(stat.st_mode).contains(owner);
    if locked && unlock(at, name).is_err() {
        return Ok(None);
    }
    match open_directory(at, name) {
        Ok(directory) => Ok(Some((directory, locked.then_some(stat.st_mode & 0o7777)))),
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES) => Ok(None),
        Err(errno) => Err(errno),
    }
}

fn taken(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_blocks).unwrap_or_default() * BLOCK
}

/// Reads entries of a directory from a position on, as the system encodes them; none at the end.
fn read<'a>(directory: &OwnedFd, position: i64, buffer: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    lseek(directory, position, Whence::SeekSet)?;
    // SAFETY: the call writes no more bytes than the buffer has.
    let count = unsafe {
        libc::syscall(libc::SYS_getdents64, directory.as_raw_fd(), buffer.as_mut_ptr(), buffer.len())
    };
    let count = usize::try_from(Errno::result(count)?).unwrap_or_default();
    Ok(buffer.get(..count).unwrap_or_default())
}

/// Takes one `struct linux_dirent64`: its name and the position of the next entry.
fn take<'a>(names: &mut &'a [u8]) -> Option<(&'a CStr, i64)> {
    let position = i64::from_ne_bytes(*names.get(8..)?.first_chunk()?);
    let length = u16::from_ne_bytes(*names.get(16..)?.first_chunk()?);
    let (entry, rest) = names.split_at_checked(usize::from(length))?;
    *names = rest;
    Some((CStr::from_bytes_until_nul(entry.get(19..)?).ok()?, position))
}
