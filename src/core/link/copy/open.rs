use std::{
    ffi::OsString,
    os::fd::OwnedFd,
    path::{self, Path},
};

use cofferdam_fstree::{Walk, open_top};
use cofferdam_protocol::copy::{Failure, Limits};
use nix::{
    errno::Errno,
    fcntl::{OFlag, openat},
    sys::stat::Mode,
};

use super::ends::End;
use crate::{
    archive::{self, Archive, Unpacking},
    error::{Code, Error, Result},
    hostfs::{Links, Pinned, Refusal, Resolved, is_data_directory, resolve},
};

/// Opens a directory or a file of the host in order to send it. A symbolic link at the end of the path is not followed.
///
/// # Errors
/// `FILE_ERROR`, and `INVALID_ARGUMENT` for a path through a link of an untrusted user or a data directory.
pub fn open_host(path: &Path, limits: Limits) -> Result<Walk> {
    let (above, name) = host_end(path)?;
    let failed = |reason| End::path(path).error(limits, Failure { entry: Vec::new(), reason });
    let open = |_: &Path, flags| {
        openat(&above, name.as_os_str(), flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
    };
    open_top(path, open).map(|top| Walk::new(top, limits)).map_err(failed)
}

/// Opens a directory that was found before in order to send it.
///
/// # Errors
/// `FILE_ERROR`.
pub fn open_pinned(directory: &Pinned, limits: Limits) -> Result<Walk> {
    let path = directory.path();
    let failed = |reason| End::path(path).error(limits, Failure { entry: Vec::new(), reason });
    let open = |_: &Path, flags| {
        openat(directory, c".", flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
    };
    open_top(path, open).map(|top| Walk::new(top, limits)).map_err(failed)
}

/// The directory above the last name of a path of the host, and that name. `.` for the root.
///
/// # Errors
/// `INVALID_ARGUMENT` for a path through a link of an untrusted user, or into a data directory; `FILE_ERROR`.
fn host_end(path: &Path) -> Result<(OwnedFd, OsString)> {
    let (Resolved { file, missing, .. }, name) = resolve_above(path)?;
    if missing.is_empty() { Ok((file, name)) } else { Err(host_refused(path, &Errno::ENOENT.into())) }
}

/// Resolves the path above the last name of a path of the host.
///
/// # Errors
/// As [`open_host`].
pub fn resolve_above(path: &Path) -> Result<(Resolved, OsString)> {
    let refused = |refusal: Refusal| host_refused(path, &refusal);
    let absolute = path::absolute(path).map_err(|_| refused(Errno::ENOENT.into()))?;
    let (above, name) = match (absolute.parent(), absolute.file_name()) {
        (Some(above), Some(name)) => (above, name.to_owned()),
        // The root, or a path that ends with `..`.
        _ => (absolute.as_path(), OsString::from(".")),
    };
    let resolved = resolve(above, Links::OfRoot).map_err(refused)?;
    if resolved.missing.is_empty() && is_data_directory(&resolved.file) {
        return Err(refused(Refusal::DataDirectory(resolved.path)));
    }
    Ok((resolved, name))
}

/// The error for a path of the host that is not used.
pub fn host_refused(path: &Path, refusal: &Refusal) -> Error {
    let shown = path.display().to_string();
    let error = match refusal {
        Refusal::System(_) => Error::new(Code::FileError, format!("could not copy {shown}: it {refusal}")),
        _ => Error::invalid("hostPath", format!("hostPath: {shown} {refusal}")),
    };
    error.detail("path", shown).detail("errno", format!("{:?}", refusal.errno()))
}

/// Opens an archive in order to send its content.
///
/// # Errors
/// `FILE_ERROR`
pub fn open_archive(archive: &Archive) -> Result<Unpacking> {
    let failed = |reason| End::archive(archive).error(archive::LIMITS, Failure { entry: Vec::new(), reason });
    archive.open(archive::LIMITS).map_err(failed)
}
