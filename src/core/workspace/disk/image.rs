//! The files of disks: sparse files with an ext4 file system, made by the tools of e2fsprogs.

use std::{
    fs::{File, OpenOptions},
    io,
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag},
    sys::statvfs::statvfs,
    unistd::linkat,
};

use super::{
    size::{UNIT, file_size, limit_of},
    superblock::Superblock,
    tool::run,
};

/// From this limit on, blocks are as large as a page; below it, smaller blocks waste less space.
const LARGE: u64 = 256 * UNIT;

/// Limits below this leave no room for a journal.
const JOURNALED: u64 = 64 * UNIT;

/// The free space that the host needs to make or repair a file, in bytes: without it, the file system fails at the first write.
const ROOM: u64 = 16 * UNIT;

/// The limit that a file was made for.
///
/// # Errors
/// When it can't be read.
pub fn limit(path: &Path) -> io::Result<u64> {
    Ok(limit_of(Superblock::read(&File::open(path)?)?.size()))
}

/// Makes a file with an empty file system at this path. It has no name until it is complete, so a process that dies leaves
/// nothing behind.
///
/// # Errors
/// `StorageFull`; `AlreadyExists`; `Unsupported` when the tool is missing; `EOPNOTSUPP` when the host's file system does not
/// support nameless files.
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
    let nameless = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(AT_FDCWD, nameless.as_str(), AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW)?;
    Ok(())
}

/// Repairs a file system that was not unmounted cleanly or had errors. Files beyond repair are lost. It must not be mounted.
/// `false` if there was nothing to repair.
///
/// # Errors
/// `StorageFull`; `Unsupported` when the tool is missing; `Other` when it fails.
pub fn repair(path: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if Superblock::read(&file)?.is_clean() {
        return Ok(false);
    }
    // A repair that can't be written would do more damage.
    require_room(path, ROOM)?;
    // Unsafe repairs are made only if the safe ones are not enough.
    run("e2fsck", &["-p"], &file).or_else(|_| run("e2fsck", &["-f", "-y"], &file))?;
    Ok(true)
}

/// Enlarges a file system to a limit. A larger one stays as it is. It must not be mounted.
///
/// # Errors
/// When the host does not support files of this size, or the tool is missing.
pub fn enlarge(path: &Path, limit: u64) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if Superblock::read(&file)?.size() >= file_size(limit) {
        return Ok(());
    }
    file.set_len(file_size(limit))?;
    // resize2fs requires a check first.
    run("e2fsck", &["-f", "-p"], &file)?;
    run("resize2fs", &[], &file)
}

/// Fails unless the host has room for a file of this size, or at least [`ROOM`].
fn require_room(place: &Path, size: u64) -> io::Result<()> {
    let host = statvfs(place)?;
    let room = host.blocks_available() * host.fragment_size();
    if room < ROOM.min(size) { Err(Errno::ENOSPC.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_complete_or_not_at_all() {
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
