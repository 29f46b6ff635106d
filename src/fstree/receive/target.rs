use std::{
    ffi::CString,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::Path,
};

use nix::errno::Errno;

/// Where a tree is to be put.
#[derive(Debug)]
pub enum Target {
    /// In an existing directory.
    Directory(OwnedFd),
    /// Under a name in an existing directory, below directories that are missing.
    Name {
        /// The directory that the first name is in.
        directory: OwnedFd,
        /// The names of the missing directories, then that of the top.
        names: Vec<CString>,
    },
}

impl Target {
    /// The existing directory.
    #[must_use]
    pub fn directory(&self) -> &OwnedFd {
        match self {
            Self::Directory(directory) | Self::Name { directory, .. } => directory,
        }
    }

    /// Follows a path as far as it exists. `open` opens the directory that the path names, `open_parent` one above it.
    ///
    /// # Errors
    /// The system's error.
    pub fn find(
        path: &Path,
        open: impl FnOnce(&Path) -> Result<OwnedFd, Errno>,
        open_parent: impl Fn(&Path) -> Result<OwnedFd, Errno>,
    ) -> Result<Self, Errno> {
        match open(path) {
            // ENOTDIR: a file, or a symbolic link that is not followed.
            Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            outcome => return outcome.map(Self::Directory),
        }
        let mut names = Vec::new();
        let mut rest = path;
        loop {
            let (Some(name), Some(parent)) = (rest.file_name(), rest.parent()) else {
                return Err(Errno::ENOENT);
            };
            names.insert(0, CString::new(name.as_bytes()).map_err(|_| Errno::EINVAL)?);
            match open_parent(parent) {
                Err(Errno::ENOENT) => rest = parent,
                outcome => return outcome.map(|directory| Self::Name { directory, names }),
            }
        }
    }
}
