//! The modes of directories in memory: where a directory exists already, the runtime gives a tmpfs that one's mode.

use libc::mode_t;
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, openat2},
    sys::{
        stat::{Mode, fchmod, fstat},
        statfs::{TMPFS_MAGIC, fstatfs},
    },
    unistd::ROOT,
};

/// As `/tmp`: everybody may create files there.
pub const PUBLIC: mode_t = 0o1777;

/// Nobody but root may enter.
pub const PRIVATE: mode_t = 0o700;

/// Sets the mode of a tmpfs of root's. The calling thread must still be root.
///
/// Commands of an earlier run may have put something else on the way there, so no link is followed, and nothing but a tmpfs is
/// changed.
pub fn set_mode(path: &str, mode: mode_t) -> Result<(), Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
    let directory = openat2(AT_FDCWD, path, how)?;
    if fstatfs(&directory)?.filesystem_type() != TMPFS_MAGIC || fstat(&directory)?.st_uid != ROOT.as_raw() {
        return Err(Errno::EINVAL);
    }
    fchmod(&directory, Mode::from_bits_truncate(mode))
}
