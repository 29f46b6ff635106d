use std::{
    ffi::CString,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::Path,
};

use nix::errno::Errno;

/// Where a tree is to be.
#[derive(Debug)]
pub enum Target {
    /// In a directory that is there.
    Directory(OwnedFd),
    /// Under a name: the last of these, those before it are directories that are missing.
    Name {
        /// The directory that the first name is in.
        directory: OwnedFd,
        /// The names.
        names: Vec<CString>,
    },
}

impl Target {
    /// The directory that is there.
    #[must_use]
    pub fn directory(&self) -> &OwnedFd {
        match self {
            Self::Directory(directory) | Self::Name { directory, .. } => directory,
        }
    }

    /// Looks for a path, as far as it is there. `open` opens a directory that the path leads to, `open_parent` one that it
    /// leads through.
    ///
    /// # Errors
    /// What the system gives.
    pub fn find(
        path: &Path,
        open: impl FnOnce(&Path) -> Result<OwnedFd, Errno>,
        open_parent: impl Fn(&Path) -> Result<OwnedFd, Errno>,
    ) -> Result<Self, Errno> {
        match open(path) {
            // The latter is what a file, and a link that is not followed, is.
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
