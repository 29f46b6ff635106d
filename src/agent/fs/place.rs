//! Finding the place of a file: a directory and a name in it.

use std::{
    ffi::CString,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Component, Path, PathBuf},
};

use cofferdam_fstree::{Target, system};
use cofferdam_protocol::{
    copy::Reason,
    file::{Failure, Kind},
};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag, readlinkat},
    sys::stat::{FileStat, Mode, fstatat, mkdirat},
};

use super::{
    failure::{failure, file_type, require_regular},
    open::{in_workspace, open},
};

use crate::workspace::WORKSPACE;

/// The most symbolic links that the kernel follows in one path (`MAXSYMLINKS`).
const MAX_LINKS: usize = 40;

/// The mode of directories that are created on the way to a file.
const DIRECTORY: Mode = Mode::from_bits_truncate(0o755);

/// Where a file is, or will be.
pub struct Place {
    /// Its directory.
    pub directory: OwnedFd,
    /// Its name in the directory.
    pub name: CString,
    /// The file that exists there now.
    pub existing: Option<FileStat>,
}

/// Finds where a tree is to be received.
pub fn find_target(path: &str) -> Result<Target, Reason> {
    let open = |path: &Path| open(AT_FDCWD, path, OFlag::O_RDONLY | OFlag::O_DIRECTORY);
    Target::find(&in_workspace(path), open, open).map_err(system)
}

/// Opens the directory that holds the last name of a path. A symbolic link with that name is not followed.
pub fn open_parent(path: impl AsRef<Path>) -> Result<(OwnedFd, CString), Failure> {
    let path = in_workspace(path);
    let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
        return Err(failure(Errno::EBUSY));
    };
    let directory = open(AT_FDCWD, parent, OFlag::O_PATH | OFlag::O_DIRECTORY).map_err(failure)?;
    let name = CString::new(name.as_bytes()).map_err(|_| failure(Errno::EINVAL))?;
    Ok((directory, name))
}

/// Finds where a file is to be written. Missing directories are created if `parents` says so, and symbolic links are followed to
/// the file that they stand for.
pub fn find_place(path: impl AsRef<Path>, parents: bool) -> Result<Place, Failure> {
    let mut path = in_workspace(path);
    for _ in 0..MAX_LINKS {
        // `file_name` ignores a trailing slash, which asks for a directory.
        let named = !path.as_os_str().as_bytes().ends_with(b"/");
        let (Some(name), Some(parent), true) = (path.file_name(), path.parent(), named) else {
            return Err(Failure::NotRegular(Kind::Directory));
        };
        let directory = if parents {
            open_or_create(parent, DIRECTORY, |_| ()).map_err(failure)?
        } else {
            open(AT_FDCWD, parent, OFlag::O_PATH | OFlag::O_DIRECTORY).map_err(failure)?
        };
        let name = CString::new(name.as_bytes()).map_err(|_| failure(Errno::EINVAL))?;
        match fstatat(&directory, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Err(Errno::ENOENT) => return Ok(Place { directory, name, existing: None }),
            Err(errno) => return Err(failure(errno)),
            Ok(stat) if file_type(&stat) == libc::S_IFLNK => {
                path = parent.join(readlinkat(&directory, name.as_c_str()).map_err(failure)?);
            }
            Ok(stat) => {
                require_regular(&stat)?;
                return Ok(Place { directory, name, existing: Some(stat) });
            }
        }
    }
    Err(failure(Errno::ELOOP))
}

/// Finds a file that exists: its directory and its name there, which is not that of a symbolic link.
pub fn find_existing(path: impl AsRef<Path>) -> Result<(OwnedFd, CString), Failure> {
    let mut path = in_workspace(path);
    for _ in 0..MAX_LINKS {
        // The top of a file system, or a path that ends in `..`, names a directory without being a name in one.
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            let directory = open(AT_FDCWD, &path, OFlag::O_PATH | OFlag::O_DIRECTORY).map_err(failure)?;
            return Ok((directory, c".".to_owned()));
        };
        let directory = open(AT_FDCWD, parent, OFlag::O_PATH | OFlag::O_DIRECTORY).map_err(failure)?;
        let name = CString::new(name.as_bytes()).map_err(|_| failure(Errno::EINVAL))?;
        let found = fstatat(&directory, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failure)?;
        if file_type(&found) != libc::S_IFLNK {
            return Ok((directory, name));
        }
        path = parent.join(readlinkat(&directory, name.as_c_str()).map_err(failure)?);
    }
    Err(failure(Errno::ELOOP))
}

/// Opens a directory. If it is missing, creates it and its missing parents with a mode, and tells of each.
pub fn open_or_create(path: &Path, mode: Mode, mut created: impl FnMut(&Path)) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
    match open(AT_FDCWD, path, flags) {
        Err(Errno::ENOENT) => {}
        outcome => return outcome,
    }
    let start = if path.is_absolute() { "/" } else { WORKSPACE };
    let mut directory = open(AT_FDCWD, Path::new(start), flags)?;
    let mut reached = PathBuf::from(start);
    for component in path.components() {
        let name = match component {
            Component::Normal(name) => Path::new(name),
            Component::ParentDir => Path::new(".."),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        };
        reached.push(name);
        directory = match open(&directory, name, flags) {
            Err(Errno::ENOENT) => {
                match mkdirat(&directory, name, mode) {
                    Ok(()) => created(&reached),
                    // Another write may have created it in the meantime.
                    Err(Errno::EEXIST) => {}
                    Err(errno) => return Err(errno),
                }
                open(&directory, name, flags)?
            }
            outcome => outcome?,
        };
    }
    Ok(directory)
}
