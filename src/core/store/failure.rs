//! Errors of the host's file system.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::errno::Errno;

use crate::error::{Code, Error};

/// The error for an operation that failed on the host's file system: `DISK_LIMIT` when there was no room, else
/// `FILE_ERROR`. `what` is a verb, as in "could not `what` /path".
pub fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let code = if full { Code::DiskLimit } else { Code::FileError };
    let path = &shown(path);
    Error::new(code, format!("could not {what} {}: {error}", path.display()))
        .detail("path", path.display().to_string())
        .detail("errno", error.raw_os_error().map(|number| format!("{:?}", Errno::from_raw(number))))
}

/// The path that people know, for one that starts at a descriptor of this process.
fn shown(path: &Path) -> PathBuf {
    const DESCRIPTORS: &str = "/proc/self/fd";
    let mut names = match path.strip_prefix(DESCRIPTORS) {
        Ok(rest) => rest.components(),
        Err(_) => return path.to_owned(),
    };
    let opened = names.next().and_then(|number| fs::read_link(Path::new(DESCRIPTORS).join(number)).ok());
    opened.map_or_else(|| path.to_owned(), |opened| opened.join(names.as_path()))
}
