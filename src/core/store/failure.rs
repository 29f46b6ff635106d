//! Errors of the host's file system.

use std::{io, path::Path};

use nix::errno::Errno;

use crate::error::{Code, Error};

/// The error for an operation that failed on the host's file system: `DISK_LIMIT` when there was no room, else
/// `FILE_ERROR`. `what` is a verb, as in "could not `what` /path".
pub fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let code = if full { Code::DiskLimit } else { Code::FileError };
    Error::new(code, format!("could not {what} {}: {error}", path.display()))
        .detail("path", path.display().to_string())
        .detail("errno", error.raw_os_error().map(|number| format!("{:?}", Errno::from_raw(number))))
}
