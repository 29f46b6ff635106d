use std::path::Path;

use cofferdam_fstree::{Walk, open_top};
use cofferdam_protocol::copy::{Failure, Limits};
use nix::{
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::Mode,
};

use super::ends::End;
use crate::{
    archive::{self, Archive, Unpacking},
    error::Result,
};

/// Opens a directory or a file of the host in order to send it. A symbolic link is not followed.
///
/// # Errors
/// `FILE_ERROR`
pub fn open_host(path: &Path, limits: Limits) -> Result<Walk> {
    let open = |path: &Path, flags| {
        openat(AT_FDCWD, path, flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
    };
    let opened = open_top(path, open).map(|top| Walk::new(top, limits));
    opened.map_err(|reason| End::path(path).error(limits, Failure { entry: Vec::new(), reason }))
}

/// Opens an archive in order to send its content.
///
/// # Errors
/// `FILE_ERROR`
pub fn open_archive(archive: &Archive) -> Result<Unpacking> {
    let failed = |reason| End::archive(archive).error(archive::LIMITS, Failure { entry: Vec::new(), reason });
    archive.open(archive::LIMITS).map_err(failed)
}
