use std::io;

use nix::errno::Errno;

use super::Disk;
use crate::{error::Error, store::failure};

/// Whether an error means that this process or this machine cannot use disks.
pub fn is_unsupported(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    error.kind() == io::ErrorKind::Unsupported
        || matches!(
            errno,
            Some(
                Errno::EPERM
                    | Errno::EACCES
                    | Errno::ENOENT
                    | Errno::ENODEV
                    | Errno::ENXIO
                    | Errno::ENOSYS
                    | Errno::ENOTTY
                    | Errno::EOPNOTSUPP
                    | Errno::EINVAL
            )
        )
}

/// The error for an operation on a disk that failed; see [`failure::failed`].
pub fn failed(verb: &str, disk: &Disk, error: &io::Error) -> Error {
    failure::failed(&format!("{verb} the disk of"), disk.mount_point(), error)
}
