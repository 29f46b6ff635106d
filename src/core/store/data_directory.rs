//! The data directory as a whole.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use nix::unistd::Uid;

use super::{
    failure::failed,
    lease::{Leases, remove_file},
    listing::ids,
    lock::Locks,
    names::{DISKS, LEASES, LOCKS, OWN, SESSIONS},
    namespace,
    record::{Records, records_in},
};
use crate::{config::id::SandboxId, error::Result};

/// The suffix of a disk image's file name.
const IMAGE: &str = ".img";

/// An open data directory.
#[derive(Debug)]
pub struct DataDirectory {
    root: PathBuf,
    namespace: String,
    /// Who uses which sandbox.
    pub leases: Leases,
    /// Who may create and remove containers.
    pub locks: Locks,
    /// The sessions.
    pub records: Records,
}

impl DataDirectory {
    /// Opens the data directory, creating it with mode 0700 when it is missing, and reads or makes its namespace: a
    /// random id. (It is not a hash of the path, because every container has an `/app/data`.)
    ///
    /// # Errors
    /// `FILE_ERROR` when it cannot be created or written, or belongs to another user.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = || -> io::Result<Self> {
            create_private(path)?;
            let root = path.canonicalize()?;
            let metadata = root.metadata()?;
            // Anybody may have made it first in a directory that is writable for all.
            if metadata.uid() != Uid::effective().as_raw() && !Uid::effective().is_root() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
            }
            if metadata.mode() & 0o077 != 0 {
                fs::set_permissions(&root, Permissions::from_mode(0o700))?;
            }
            let own = root.join(OWN);
            for name in [LEASES, LOCKS, SESSIONS, DISKS] {
                create_private(&own.join(name))?;
            }
            Ok(Self {
                namespace: namespace::read_or_make(&own.join("namespace"))?,
                leases: Leases::new(own.join(LEASES)),
                locks: Locks::new(own.join(LOCKS)),
                records: records_in(&root),
                root,
            })
        };
        opened().map_err(|error| failed("prepare the data directory", path, &error))
    }

    /// The namespace: 12 hexadecimal digits.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The path, without symbolic links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The name of a sandbox's container. The engine gives a name to one container only, which decides races between
    /// processes.
    #[must_use]
    pub fn container_name(&self, id: &SandboxId) -> String {
        format!("cofferdam-{}-{id}", self.namespace)
    }

    /// The directory of a sandbox's workspace.
    #[must_use]
    pub fn workspace(&self, id: &SandboxId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// The disk image of a sandbox's workspace, if it has one.
    #[must_use]
    pub fn disk_image(&self, id: &SandboxId) -> PathBuf {
        self.root.join(OWN).join(DISKS).join(format!("{id}{IMAGE}"))
    }

    /// The sandboxes that have a disk image.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn disks(&self) -> Result<Vec<SandboxId>> {
        ids(&self.root.join(OWN).join(DISKS), IMAGE)
    }

    /// The sandboxes that have a workspace directory.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn workspaces(&self) -> Result<Vec<SandboxId>> {
        ids(&self.root, "")
    }

    /// The sandboxes that have a lease or a lock file.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn remembered(&self) -> Result<BTreeSet<SandboxId>> {
        Ok(self.leases.ids()?.into_iter().chain(self.locks.ids()?).collect())
    }

    /// Removes the lease and lock files of a sandbox that no longer exists. The caller holds its lock and has seen that
    /// it is not leased.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn forget(&self, id: &SandboxId, _lock: &File) -> Result<()> {
        // The lock goes last: while it exists, no other process can create the sandbox again.
        remove_file(&self.leases.path(id), "forget the sandbox")?;
        remove_file(&self.locks.path(id), "forget the sandbox")
    }
}

fn create_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests;
