//! The data directory as a whole.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use nix::unistd::Uid;

use super::{
    failure::failed,
    lease::{Leases, remove_file},
    listing::{ids, names},
    lock::Locks,
    names::{DISKS, LEASES, LOCKS, OWN, SESSIONS},
    random_id,
    record::{Records, records_in},
    secret::Secret,
};
use crate::{config::id::SandboxId, error::Result};

/// The suffix of a disk image's file name.
const IMAGE: &str = ".img";

/// An open data directory.
#[derive(Debug)]
pub struct DataDirectory {
    root: PathBuf,
    namespace: String,
    secret: Secret,
    /// Who uses which sandbox.
    pub leases: Leases,
    /// Who may create and remove containers.
    pub locks: Locks,
    /// The sessions.
    pub records: Records,
}

impl DataDirectory {
    /// Opens the data directory, creating it with mode 0700 when it is missing, and reads or makes its namespace and
    /// its secret. (They are random instead of hashes of the path, because every container has an `/app/data`.)
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
                namespace: random_id::read_or_make::<6>(&own.join("namespace"))?,
                secret: Secret::read_or_make(&own.join("secret"))?,
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

    /// The name of a sandbox's container, and of its volume. The engine gives a name to one container only, which decides
    /// races between processes. Other sandboxes can see it, so it does not contain the id.
    #[must_use]
    pub fn container_name(&self, id: &SandboxId) -> String {
        format!("cofferdam-{}", self.secret.name(id))
    }

    /// The directory of a sandbox's workspace.
    #[must_use]
    pub fn workspace(&self, id: &SandboxId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// The disk image of a sandbox's workspace, if it has one. The kernel shows the path of a mounted image, so its name
    /// does not contain the id.
    #[must_use]
    pub fn disk_image(&self, id: &SandboxId) -> PathBuf {
        self.root.join(OWN).join(DISKS).join(self.image_name(id))
    }

    fn image_name(&self, id: &SandboxId) -> String {
        format!("{}{IMAGE}", self.secret.name(id))
    }

    /// The sandboxes that have a disk image. An image does not name its sandbox, but the sandbox has a lock file and a
    /// directory: both are made before its image, and removed after it.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn disks(&self) -> Result<Vec<SandboxId>> {
        let images: HashSet<String> = names(&self.root.join(OWN).join(DISKS))?.collect();
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids = self.remembered()?;
        ids.extend(self.workspaces()?);
        Ok(ids.into_iter().filter(|id| images.contains(&self.image_name(id))).collect())
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
