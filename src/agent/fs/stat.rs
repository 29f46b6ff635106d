use std::os::fd::{AsRawFd, OwnedFd};

use cofferdam_protocol::{
    RawPath,
    file::Failure,
    fs::stat::{Space, Stat, Time},
};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag},
    sys::{stat::fstat, statfs::fstatfs},
};

use super::{
    failure::failure,
    open::{in_workspace, open},
};

/// What is at a path.
pub fn stat(path: &RawPath, follow: bool) -> Result<Stat, Failure> {
    let flags = if follow { OFlag::O_PATH } else { OFlag::O_PATH | OFlag::O_NOFOLLOW };
    let file = open(AT_FDCWD, &in_workspace(path), flags).map_err(failure)?;
    describe(&file).map_err(failure)
}

/// What an open file is.
pub fn describe(file: &OwnedFd) -> Result<Stat, Errno> {
    let stat = fstat(file)?;
    let unsigned = |value: i64| u64::try_from(value).unwrap_or_default();
    let time =
        |seconds, nanoseconds| Time { seconds, nanoseconds: u32::try_from(nanoseconds).unwrap_or_default() };
    let changed = time(stat.st_ctime, stat.st_ctime_nsec);
    Ok(Stat {
        device: stat.st_dev,
        inode: stat.st_ino,
        mode: stat.st_mode,
        #[allow(clippy::useless_conversion, reason = "the type differs between architectures")]
        links: stat.st_nlink.into(),
        uid: stat.st_uid,
        gid: stat.st_gid,
        special: stat.st_rdev,
        size: unsigned(stat.st_size),
        #[allow(clippy::useless_conversion, reason = "the type differs between architectures")]
        block_size: unsigned(stat.st_blksize.into()),
        blocks: unsigned(stat.st_blocks),
        accessed: time(stat.st_atime, stat.st_atime_nsec),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        changed,
        created: created(file).unwrap_or(changed),
    })
}

/// When a file was created, if the file system knows.
fn created(file: &OwnedFd) -> Option<Time> {
    // SAFETY: all-zero bytes are a valid value of this plain structure.
    let mut found: libc::statx = unsafe { std::mem::zeroed() };
    let (flags, wanted) = (libc::AT_EMPTY_PATH, libc::STATX_BTIME);
    // SAFETY: the descriptor, the empty path and the structure are valid during the call.
    let outcome = unsafe { libc::statx(file.as_raw_fd(), c"".as_ptr(), flags, wanted, &raw mut found) };
    let is_known = outcome == 0 && found.stx_mask & wanted != 0;
    let libc::statx_timestamp { tv_sec, tv_nsec, .. } = found.stx_btime;
    is_known.then_some(Time { seconds: tv_sec, nanoseconds: tv_nsec })
}

/// The size of the file system that a path is on.
pub fn space(path: &RawPath) -> Result<Space, Failure> {
    let file = open(AT_FDCWD, &in_workspace(path), OFlag::O_PATH).map_err(failure)?;
    let found = fstatfs(&file).map_err(failure)?;
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_fallible_conversions,
        reason = "the types differ between architectures"
    )]
    Ok(Space {
        kind: u64::try_from(found.filesystem_type().0).unwrap_or_default(),
        block_size: u64::try_from(found.block_size()).unwrap_or_default(),
        blocks: found.blocks(),
        free: found.blocks_free(),
        available: found.blocks_available(),
        files: found.files(),
        free_files: found.files_free(),
    })
}
