use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::{
    NixPath,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat},
    libc,
    sys::stat::{FchmodatFlags, FileStat, Mode, SFlag, fchmodat, fstat, fstatat},
};

/// How much of a directory is read at once, in bytes: some hundred names.
const BUFFER: usize = 8 * 1024;

/// What a tree takes on its disk, counted a little at a time.
///
/// One directory is open at a time, nothing recurses and no names are kept, so depth and size of a tree cost nothing but time.
/// Symbolic links count themselves and are not followed; what is mounted in the tree does not count. A file of several names
/// counts by its share at each, so it counts once when all of them are in the tree.
pub struct Usage {
    /// The directory that is being read.
    current: OwnedFd,
    /// The way to it: who is on it, and how far each of them has been read.
    way: Vec<Level>,
    device: libc::dev_t,
    bytes: u64,
}

struct Level {
    inode: libc::ino_t,
    /// Where the system goes on.
    position: i64,
    /// The permissions that were taken away from its owner.
    locked: Option<Mode>,
}

impl Usage {
    /// Begins with a directory.
    ///
    /// # Errors
    /// What the system gives, such as `ENOENT`, and `ENOTDIR` for what is none or a symbolic link.
    pub fn of<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<Self, Errno> {
        let (current, locked) = open(at, name)?;
        let stat = fstat(&current)?;
        let level = Level { inode: stat.st_ino, position: 0, locked };
        Ok(Self { current, way: vec![level], device: stat.st_dev, bytes: taken(&stat) })
    }

    /// Counts some more, at most some hundred names. `false` when all is counted.
    ///
    /// # Errors
    /// What the system gives; `ESTALE` when a directory was moved while it was read.
    pub fn step(&mut self) -> Result<bool, Errno> {
        let Some(level) = self.way.last_mut() else { return Ok(false) };
        let mut buffer = [0; BUFFER];
        let entries = read(&self.current, level.position, &mut buffer)?;
        if entries.is_empty() {
            self.leave()?;
            return Ok(!self.way.is_empty());
        }
        for entry in entries {
            level.position = entry.next;
            if matches!(entry.name.to_bytes(), b"." | b"..") {
                continue;
            }
            let stat = match fstatat(&self.current, entry.name, AtFlags::AT_SYMLINK_NOFOLLOW) {
                // Gone since.
                Err(Errno::ENOENT) => continue,
                stat => stat?,
            };
            if SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) != SFlag::S_IFDIR {
                self.bytes += taken(&stat) / stat.st_nlink.max(1);
            } else if stat.st_dev == self.device {
                match open(&self.current, entry.name) {
                    // Gone since, or another user's.
                    Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::EACCES | Errno::EPERM) => {}
                    opened => {
                        let (directory, locked) = opened?;
                        self.bytes += taken(&stat);
                        // What is in it comes next; the names after it are read again then.
                        self.way.push(Level { inode: fstat(&directory)?.st_ino, position: 0, locked });
                        self.current = directory;
                        return Ok(true);
                    }
                }
            }
        }
        Ok(true)
    }

    /// What was counted so far, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Goes up again, if up is still where it came from.
    fn leave(&mut self) -> Result<(), Errno> {
        let left = self.way.pop();
        let Some(above) = self.way.last() else { return restore(&self.current, left) };
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let directory = openat(&self.current, "..", flags, Mode::empty())?;
        let stat = fstat(&directory)?;
        restore(&self.current, left)?;
        if (stat.st_dev, stat.st_ino) != (self.device, above.inode) {
            return Err(Errno::ESTALE);
        }
        self.current = directory;
        Ok(())
    }
}
