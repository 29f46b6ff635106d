//! The data directory as a whole.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, openat},
    sys::stat::{Mode, mkdirat},
    unistd::Uid,
};

use super::{
    failure::failed,
    lease::{Leases, remove_directory, remove_file},
    listing::{ids, names},
    lock::Locks,
    names::{DISKS, LEASES, LOCKS, NAMES, NAMESPACE, OWN, SESSIONS, USERS},
    random_id,
    record::{Records, records_in},
    secret::Secret,
    users::Users,
};
use crate::{
    config::{host_paths, id::SandboxId},
    error::{Code, Error, Result},
    hostfs::{Identity, Links, Pinned, Refusal, is_in_memory, resolve},
};

/// The suffix of a disk image's file name.
const IMAGE: &str = ".img";

/// An open data directory. It is held open: whatever another user does to the path, everything below stays here.
#[derive(Debug)]
pub struct DataDirectory {
    root: Pinned,
    namespace: String,
    secret: Secret,
    /// Who uses which sandbox.
    pub leases: Leases,
    /// Who may create and remove containers.
    pub locks: Locks,
    /// The sessions.
    pub records: Records,
    /// The users of sandboxes that have one of their own.
    pub users: Users,
}

impl DataDirectory {
    /// Whether it is still what is at its path: somebody may have deleted or replaced it, or our files in it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        let here = fs::symlink_metadata(self.root())
            .map(|found| Identity { device: found.dev(), inode: found.ino() });
        let is_same = here.is_ok_and(|here| self.root.identity() == Ok(here));
        is_same && self.root.handle().join(OWN).join(NAMESPACE).exists()
    }

    /// Opens the data directory, creating it with mode 0700 when it is missing, and reads or makes its namespace and
    /// its secret. (They are random instead of hashes of the path, because every container has an `/app/data`.)
    ///
    /// # Errors
    /// `FILE_ERROR` when it cannot be created or written, or does not belong to this process's user; `INVALID_ARGUMENT` for a
    /// path that must not be used; see [`host_paths`].
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_as(path, None)
    }

    /// As [`Self::open`], after it was open before. If it is missing now, the new one finds the sandboxes of the former.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_as(path: &Path, former: Option<&Self>) -> Result<Self> {
        let root = open_root(path)?;
        let opened = || -> io::Result<Self> {
            let own = root.handle().join(OWN);
            for name in [LEASES, LOCKS, SESSIONS, DISKS, USERS, NAMES] {
                create_private(&own.join(name))?;
            }
            Ok(Self {
                namespace: random_id::read_or_make::<6>(&own.join(NAMESPACE), former.map(Self::namespace))?,
                secret: Secret::read_or_make(&own.join("secret"), former.map(|former| &former.secret))?,
                leases: Leases::new(own.join(LEASES)),
                locks: Locks::new(own.join(LOCKS)),
                records: records_in(&root.handle()),
                users: Users::new(own.join(USERS)),
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
        self.root.path()
    }

    /// Whether it is on a file system in memory, such as a tmpfs.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        is_in_memory(&self.root.handle())
    }

    /// The name of a sandbox's container, and of its volume. The engine gives a name to one container only, which decides
    /// races between processes. Other sandboxes can see it, so it does not contain the id.
    #[must_use]
    pub fn container_name(&self, id: &SandboxId) -> String {
        format!("cofferdam-{}", self.secret.name(id))
    }

    /// The path of a sandbox's workspace, for the engine and for people.
    #[must_use]
    pub fn workspace(&self, id: &SandboxId) -> PathBuf {
        self.root.path().join(id.as_str())
    }

    /// The directory of a sandbox's workspace, for this process: it cannot lead out of this data directory.
    #[must_use]
    pub fn workspace_here(&self, id: &SandboxId) -> PathBuf {
        self.root.handle().join(id.as_str())
    }

    /// The directory with the files that a sandbox mounts in place of its image's: for the engine, and for this process.
    #[must_use]
    pub fn names(&self, id: &SandboxId) -> (PathBuf, PathBuf) {
        let below = |root: &Path| root.join(OWN).join(NAMES).join(id.as_str());
        (below(self.root.path()), below(&self.root.handle()))
    }

    /// The disk image of a sandbox's workspace, if it has one. The kernel shows the path of a mounted image, so its name
    /// does not contain the id.
    #[must_use]
    pub fn disk_image(&self, id: &SandboxId) -> PathBuf {
        self.root.handle().join(OWN).join(DISKS).join(self.image_name(id))
    }

    fn image_name(&self, id: &SandboxId) -> String {
        format!("{}{IMAGE}", self.secret.name(id))
    }

    /// The directory of our own files: its path for this process, which cannot lead out of this data directory, and for the
    /// engine.
    #[must_use]
    pub fn private(&self) -> (PathBuf, PathBuf) {
        (self.root.handle().join(OWN), self.root.path().join(OWN))
    }

    /// The sandboxes that have a disk image. An image does not name its sandbox, but the sandbox has a lock file and a
    /// directory: both are made before its image, and removed after it.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn disks(&self) -> Result<Vec<SandboxId>> {
        let images: HashSet<String> = names(&self.root.handle().join(OWN).join(DISKS))?.collect();
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
        ids(&self.root.handle(), "")
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
        self.users.release(id)?;
        remove_directory(&self.names(id).1, "forget the names of the sandbox")?;
        remove_file(&self.locks.path(id), "forget the sandbox")
    }
}

/// Opens the directory, creating what is missing of it.
fn open_root(path: &Path) -> Result<Pinned> {
    let refused = |refusal: Refusal| {
        let message = format!("dataDir: {} {refusal}", path.display());
        Error::new(Code::FileError, message)
            .detail("path", path.display().to_string())
            .detail("errno", format!("{:?}", refusal.errno()))
    };
    let found = resolve(path, Links::OfRootOrOwn).map_err(refused)?;
    host_paths::check_name(
        "dataDir",
        &found.missing.iter().fold(found.path.clone(), |path, name| path.join(name)),
    )?;
    let mut directory = found.file;
    for name in &found.missing {
        match mkdirat(&directory, name.as_os_str(), Mode::S_IRWXU) {
            Err(Errno::EEXIST) | Ok(()) => {}
            Err(errno) => return Err(refused(errno.into())),
        }
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        directory = openat(&directory, name.as_os_str(), flags, Mode::empty())
            .map_err(|errno| refused(errno.into()))?;
    }
    let path = found.missing.iter().fold(found.path, |path, name| path.join(name));
    let root = Pinned::new(directory, path);
    host_paths::check_pinned("dataDir", &root)?;
    require_own(&root).map_err(|error| failed("prepare the data directory", root.path(), &error))?;
    Ok(root)
}

/// Makes sure that nobody else can change the directory. Anybody may have made it first, where everybody can write.
fn require_own(root: &Pinned) -> io::Result<()> {
    let stat = root.stat()?;
    if stat.st_uid != Uid::effective().as_raw() {
        let message = format!("it belongs to user {}, not to this process's user", stat.st_uid);
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    if stat.st_mode & 0o077 != 0 {
        fs::set_permissions(root.handle(), Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn create_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests;
