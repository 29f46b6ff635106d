use std::io;

use cofferdam_fstree::{describe, kind};
use cofferdam_protocol::file::Failure;
use libc::mode_t;
use nix::{errno::Errno, sys::stat::FileStat};

/// A system error, as it is reported to the host.
pub fn failure(errno: Errno) -> Failure {
    Failure::System(describe(errno))
}

/// An error of the standard library, as it is reported to the host.
pub fn from_io(error: &io::Error) -> Failure {
    failure(cofferdam_fstree::errno(error))
}

/// Refuses everything but a regular file.
pub fn require_regular(stat: &FileStat) -> Result<(), Failure> {
    kind(stat).map_or(Ok(()), |kind| Err(Failure::NotRegular(kind)))
}

/// The file type bits of a mode.
pub fn file_type(stat: &FileStat) -> mode_t {
    stat.st_mode & libc::S_IFMT
}
