//! Files with an ext4 file system in them, made by the tools of e2fsprogs. They are sparse: what is not used takes no room.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, OpenOptionsExt},
    },
    path::Path,
    process::{Command, Stdio},
};

use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag},
    sys::statvfs::statvfs,
    unistd::linkat,
};

/// What limits are rounded up to, in bytes.
const UNIT: u64 = 1024 * 1024;

/// Room for what the file system keeps back and for its journal: a share of the limit, but never more than so many bytes.
const RESERVED_SHARE: u64 = 32;
const MOST_RESERVED: u64 = 16 * UNIT;

/// The inodes' share of the limit: 256 bytes for each 8 KiB.
const INODES_SHARE: u64 = 32;

/// From this size on, blocks are as large as a page; below, smaller ones waste less.
const LARGE: u64 = 256 * UNIT;

/// Smaller ones have no room for a journal.
const JOURNALED: u64 = 64 * UNIT;

/// What must be free on the host to make or repair one, in bytes: without it, a file system breaks down at the first write.
const ROOM: u64 = 16 * UNIT;

/// The size of the file for a limit: the file system's own parts come on top. Of those the host gives no more room than the
/// limit leaves, because inodes that were never used and blocks that are kept back are not written.
fn file_size(limit: u64) -> u64 {
    let limit = limit.div_ceil(UNIT) * UNIT;
    limit + limit / INODES_SHARE + (limit / RESERVED_SHARE).min(MOST_RESERVED)
}

/// The limit of a file of this size.
fn limit_of(file_size: u64) -> u64 {
    const MOST_BY_SHARE: u64 = MOST_RESERVED * RESERVED_SHARE;
    const PARTS: u64 = INODES_SHARE + 1;
    if file_size <= self::file_size(MOST_BY_SHARE) {
        file_size / (PARTS + INODES_SHARE / RESERVED_SHARE) * INODES_SHARE
    } else {
        (file_size - MOST_RESERVED) / PARTS * INODES_SHARE
    }
}

/// The limit that a file was made for.
///
/// # Errors
/// When it can't be read.
pub fn limit(path: &Path) -> io::Result<u64> {
    Ok(limit_of(Superblock::read(&File::open(path)?)?.size()))
}

/// Makes a file with an empty file system at this path. It has no name until it is whole, so a process that dies leaves nothing.
///
/// # Errors
/// `StorageFull`; `Unsupported` when the tool is missing; `EOPNOTSUPP` of a directory in which no nameless file can be.
pub fn make(path: &Path, limit: u64, journal: bool) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    require_room(directory, limit)?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(OFlag::O_TMPFILE.bits())
        .open(directory)?;
    file.set_len(file_size(limit))?;
    let block = if limit < LARGE { "1024" } else { "4096" };
    let mut arguments = vec!["-q", "-F", "-m", "0", "-b", block, "-i", "8192", "-I", "256"];
    arguments.extend(["-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1"]);
    arguments.extend(match journal && limit >= JOURNALED {
        true if limit < LARGE => ["-J", "size=1"],
        true => ["-J", "size=4"],
        false => ["-O", "^has_journal"],
    });
    run("mkfs.ext4", &arguments, &file)?;
    linkat(AT_FDCWD, itself(&file).as_str(), AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW)?;
    Ok(())
}

/// Repairs a file system that was not unmounted or has met errors; what is beyond repair is lost. It must not be mounted.
/// `false` when there was nothing to repair.
///
/// # Errors
/// `StorageFull`; when the tool is missing or fails.
pub fn repair(path: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if Superblock::read(&file)?.is_clean() {
        return Ok(false);
    }
    // What can't be written would be one error more.
    require_room(path, ROOM)?;
    // What is not safe to decide is decided only when there is no other way to the rest of the files.
    run("e2fsck", &["-p"], &file).or_else(|_| run("e2fsck", &["-f", "-y"], &file))?;
    Ok(true)
}

/// Makes a file system as large as this limit asks for; one that is larger stays so. It must not be mounted.
///
/// # Errors
/// When the host has no files as large, or the tool is missing.
pub fn enlarge(path: &Path, limit: u64) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if Superblock::read(&file)?.size() >= file_size(limit) {
        return Ok(());
    }
    file.set_len(file_size(limit))?;
    // Else the next tool insists on it.
    run("e2fsck", &["-f", "-p"], &file)?;
    run("resize2fs", &[], &file)
}

/// Refuses when the host has no room, for something that is small anyhow less.
fn require_room(place: &Path, size: u64) -> io::Result<()> {
    let host = statvfs(place)?;
    let room = host.blocks_available() * host.fragment_size();
    if room < ROOM.min(size) { Err(Errno::ENOSPC.into()) } else { Ok(()) }
}

/// What a file system says of itself.
struct Superblock([u8; Self::LENGTH]);

impl Superblock {
    const PLACE: u64 = 1024;
    const LENGTH: usize = 1024;

    fn read(file: &File) -> io::Result<Self> {
        let mut bytes = [0; Self::LENGTH];
        file.read_exact_at(&mut bytes, Self::PLACE)?;
        Ok(Self(bytes))
    }

    fn number(&self, place: usize) -> u64 {
        let bytes = self.0.get(place..).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
    }

    /// Its size in bytes.
    fn size(&self) -> u64 {
        let (low, high, block) = (self.number(0x4), self.number(0x150), self.number(0x18));
        (high << 32 | low) << (10 + block.min(6))
    }

    /// Whether nothing needs to be done before it is mounted: with a journal, also after a crash.
    fn is_clean(&self) -> bool {
        const CLEAN: u64 = 1;
        self.number(0x3a) & 0xffff == CLEAN
    }
}

/// Runs a tool on a file, which it gets as its standard input: whatever the path is, no option can be made of it.
fn run(tool: &str, arguments: &[&str], file: &File) -> io::Result<()> {
    // The bits of e2fsck for what was repaired, with or without the wish for a reboot.
    const REPAIRED: i32 = 1 | 2;
    // Those who are not root often lack the last two.
    let mut path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    path.push(":/usr/sbin:/sbin");
    let output = Command::new(tool)
        .args(arguments)
        // Its own standard input.
        .arg("/proc/self/fd/0")
        .env_clear()
        .envs([("PATH", path), ("LC_ALL", OsString::from("C"))])
        .stdin(Stdio::from(file.try_clone()?))
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                io::Error::new(io::ErrorKind::Unsupported, format!("{tool} is missing"))
            }
            _ => error,
        })?;
    if output.status.code().is_some_and(|code| code & !REPAIRED == 0 && (code == 0 || tool == "e2fsck")) {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("No space left on device") {
        return Err(Errno::ENOSPC.into());
    }
    Err(io::Error::other(format!("{tool} failed ({}): {}", output.status, complaint.trim())))
}

fn itself(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_found_again_in_the_size_of_the_file() {
        for limit in [1, 2, 16, 63, 100, 1000, 1024, 1025, 4096, 100_000].map(|mebibytes| mebibytes * UNIT) {
            assert_eq!(limit_of(file_size(limit)), limit);
        }
        assert_eq!(limit_of(file_size(UNIT + 1)), 2 * UNIT);
    }

    #[test]
    fn a_file_is_there_as_a_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("image");
        make(&path, 16 * UNIT, true).unwrap();
        assert_eq!(limit(&path).unwrap(), 16 * UNIT);
        let error = make(&path, 16 * UNIT, true).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(!repair(&path).unwrap());
    }
}
