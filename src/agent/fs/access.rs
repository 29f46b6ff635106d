use std::os::fd::{AsRawFd, OwnedFd};

use cofferdam_protocol::{RawPath, file::Failure};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag},
    sys::stat::{FileStat, fstat},
    unistd::{getgroups, setfsgid, setfsuid},
};

use super::{
    failure::failure,
    open::{in_workspace, open},
};

/// Checks whether the user may read, write or execute a file.
pub fn access(path: &RawPath, mode: u32) -> Result<(), Failure> {
    let file = open(AT_FDCWD, &in_workspace(path), OFlag::O_PATH).map_err(failure)?;
    match ask(&file, mode) {
        // Kernels before 5.8 lack the call, and filters of system calls from that time refuse it.
        Err(Errno::ENOSYS | Errno::EPERM) => judge(&fstat(&file).map_err(failure)?, mode).map_err(failure),
        outcome => outcome.map_err(failure),
    }
}

/// Asks the kernel about the user of files. The older call asks about the user of the process.
fn ask(file: &OwnedFd, mode: u32) -> Result<(), Errno> {
    let flags = libc::AT_EACCESS | libc::AT_EMPTY_PATH;
    // SAFETY: the descriptor and the empty path are valid during the call.
    let outcome = unsafe { libc::syscall(libc::SYS_faccessat2, file.as_raw_fd(), c"".as_ptr(), mode, flags) };
    Errno::result(outcome).map(drop)
}

/// Decides by the mode alone.
fn judge(stat: &FileStat, mode: u32) -> Result<(), Errno> {
    // An invalid id changes nothing and returns the one that is set.
    let (uid, gid) = (setfsuid((-1_i32).cast_unsigned().into()), setfsgid((-1_i32).cast_unsigned().into()));
    let is_member = || {
        gid.as_raw() == stat.st_gid
            || getgroups().is_ok_and(|groups| groups.iter().any(|group| group.as_raw() == stat.st_gid))
    };
    let granted = if uid.as_raw() == stat.st_uid {
        stat.st_mode >> 6
    } else if is_member() {
        stat.st_mode >> 3
    } else {
        stat.st_mode
    };
    if granted & mode == mode { Ok(()) } else { Err(Errno::EACCES) }
}
