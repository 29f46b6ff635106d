//! The data directory: the workspaces, and what is remembered between processes.

mod namespace;

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use nix::unistd::{Gid, Uid};
use tokio::time::{Instant, sleep};

use super::{
    disk::Disk,
    id::SandboxId,
    lease::{self, Lease},
    options::Ids,
};
use crate::error::{Code, Error, Result};

/// Ids can't begin with a dot, so no sandbox has this name.
const OWN: &str = ".cofferdam";

/// Where it is known who uses a sandbox, and when it was used last.
const LEASES: &str = "leases";

/// Where the right to make a sandbox's container is.
const LOCKS: &str = "locks";

/// Where sessions are written down.
const SESSIONS: &str = "sessions";

/// The end of their files' names.
const RECORD: &str = ".json";

/// Where the disks of workspaces are.
const DISKS: &str = "disks";

/// The end of their files' names.
const IMAGE: &str = ".img";

/// How often a lock that another process holds is tried.
const RETRY: Duration = Duration::from_millis(10);

/// How long another process may take to make or start a container.
const CREATION: Duration = Duration::from_mins(2);

/// A data directory that is there.
#[derive(Debug)]
pub struct DataDirectory {
    root: PathBuf,
    namespace: String,
}

impl DataDirectory {
    /// Makes the directory when it is missing, readable by its owner only, and finds its namespace: a random
    /// id that is kept in it. (Never a hash of its path: every container has an `/app/data`.)
    ///
    /// # Errors
    /// `FILE_ERROR` when it can't be made or written.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = || -> io::Result<Self> {
            let private =
                |builder: &mut DirBuilder, path: &Path| builder.recursive(true).mode(0o700).create(path);
            private(&mut DirBuilder::new(), path)?;
            let root = path.canonicalize()?;
            // Somebody else's, in a place where anybody can make directories, is no place for ours.
            if root.metadata()?.uid() != Uid::effective().as_raw() && !Uid::effective().is_root() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
            }
            if root.metadata()?.mode() & 0o077 != 0 {
                fs::set_permissions(&root, Permissions::from_mode(0o700))?;
            }
            for name in [LEASES, LOCKS, SESSIONS, DISKS] {
                private(&mut DirBuilder::new(), &root.join(OWN).join(name))?;
            }
            let namespace = namespace::read_or_make(&root.join(OWN).join("namespace"))?;
            Ok(Self { root, namespace })
        };
        opened().map_err(|error| failed("prepare the data directory", path, &error))
    }

    /// The directory's namespace: 12 hexadecimal digits.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name of a sandbox's container: the engine lets only one have it, which arbitrates between processes.
    #[must_use]
    pub fn container_name(&self, id: &SandboxId) -> String {
        format!("cofferdam-{}-{id}", self.namespace)
    }

    /// The directory of a sandbox's workspace.
    #[must_use]
    pub fn workspace(&self, id: &SandboxId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// The disk of a sandbox's workspace, which is mounted on its directory.
    #[must_use]
    pub fn disk(&self, id: &SandboxId) -> Disk {
        Disk::new(self.root.join(OWN).join(DISKS).join(format!("{id}{IMAGE}")), self.workspace(id))
    }

    /// The sandboxes that have a disk.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn disks(&self) -> Result<Vec<SandboxId>> {
        ids(&self.root.join(OWN).join(DISKS), IMAGE)
    }

    /// Makes the directory of a sandbox's workspace when it is missing. It is root's, or this process' user's.
    ///
    /// # Errors
    /// `CONFLICT` where the file system can't tell it from the directory of an id in other case; `FILE_ERROR`.
    pub fn make_workspace(&self, id: &SandboxId) -> Result<()> {
        let path = self.workspace(id);
        let made = || -> io::Result<bool> {
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if self.belongs_to_other_case(id, &path)? {
                        return Ok(false);
                    }
                }
                made => made?,
            }
            if path.symlink_metadata()?.is_dir() {
                Ok(true)
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        };
        match made() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(
                Code::Conflict,
                format!("{id} has the directory of an id that differs only in case"),
            )
            .hint("this file system does not tell upper from lower case: use ids in one case")),
            Err(error) => Err(failed("prepare the workspace", &path, &error)),
        }
    }

    /// Gives what is at the place of a sandbox's workspace to a user, its directory or its disk.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn give_workspace(&self, id: &SandboxId, user: Ids) -> Result<()> {
        if !Uid::effective().is_root() {
            return Ok(());
        }
        let path = self.workspace(id);
        let given = || -> io::Result<()> {
            let metadata = path.symlink_metadata()?;
            if (metadata.uid(), metadata.gid()) != (user.uid, user.gid) {
                let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
                nix::unistd::chown(&path, Some(uid), Some(gid))?;
            }
            Ok(())
        };
        given().map_err(|error| failed("prepare the workspace", &path, &error))
    }

    /// On a file system that ignores case, whether the directory was made under another spelling.
    fn belongs_to_other_case(&self, id: &SandboxId, path: &Path) -> io::Result<bool> {
        let swapped: String = id
            .as_str()
            .chars()
            .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        let Ok(other) = self.root.join(&swapped).symlink_metadata() else { return Ok(false) };
        if swapped == id.as_str() || other.ino() != path.symlink_metadata()?.ino() {
            return Ok(false);
        }
        let names = fs::read_dir(&self.root)?;
        Ok(!names.flatten().any(|entry| entry.file_name() == id.as_str()))
    }

    /// Takes a share of a sandbox for this process.
    ///
    /// # Errors
    /// `FILE_ERROR` when the lease can't be written.
    pub fn lease(&self, id: &SandboxId) -> Result<Lease> {
        let path = self.lease_path(id);
        Lease::share(&path).map_err(|error| failed("lease the sandbox", &path, &error))
    }

    /// Whether another lease on the sandbox lives.
    ///
    /// # Errors
    /// `FILE_ERROR` when the lease can't be read.
    pub fn is_leased(&self, id: &SandboxId) -> Result<bool> {
        let path = self.lease_path(id);
        lease::is_held(&path).map_err(|error| failed("look for leases of the sandbox", &path, &error))
    }

    /// When a sandbox was last used, by whichever process; `None` when it never was.
    #[must_use]
    pub fn last_activity(&self, id: &SandboxId) -> Option<SystemTime> {
        self.lease_path(id).metadata().and_then(|metadata| metadata.modified()).ok()
    }

    /// The sessions that are written down.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn sessions(&self) -> Result<Vec<SandboxId>> {
        ids(&self.root.join(OWN).join(SESSIONS), RECORD)
    }

    /// The workspaces that are there.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn workspaces(&self) -> Result<Vec<SandboxId>> {
        ids(&self.root, "")
    }

    /// The only right to make, start or replace the container of a sandbox; `None` while another has it.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn try_creation(&self, id: &SandboxId) -> Result<Option<fs::File>> {
        let path = self.lock_path(id);
        lease::try_exclusive(&path).map_err(|error| failed("lock the sandbox", &path, &error))
    }

    /// Waits for the only right to make, start or replace the container of a sandbox. It ends when the guard
    /// is dropped, or with the process.
    ///
    /// # Errors
    /// `TIMEOUT` when another process holds it for 2 minutes; `FILE_ERROR`.
    pub async fn creation(&self, id: &SandboxId) -> Result<fs::File> {
        let begun = Instant::now();
        while begun.elapsed() < CREATION {
            if let Some(guard) = self.try_creation(id)? {
                return Ok(guard);
            }
            sleep(RETRY).await;
        }
        Err(Error::new(
            Code::Timeout,
            format!("another process has been starting the sandbox {id} for 2 minutes"),
        ))
    }

    /// Removes what is remembered of a sandbox that is no more. Only while its creation is held, and nobody leases it.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn forget(&self, id: &SandboxId, _creation: &fs::File) -> Result<()> {
        // The lock last: while it is there, nobody else gets to make the sandbox anew.
        for path in [self.lease_path(id), self.lock_path(id)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("forget the sandbox", &path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The sandboxes of which anything is remembered, but for sessions.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn remembered(&self) -> Result<BTreeSet<SandboxId>> {
        let mut remembered = BTreeSet::new();
        for name in [LEASES, LOCKS] {
            remembered.extend(ids(&self.root.join(OWN).join(name), "")?);
        }
        Ok(remembered)
    }

    /// Removes files that a process left which died while it wrote them, if they are as old as that.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn remove_drafts(&self, age: Duration) -> Result<Vec<String>> {
        let path = self.root.join(OWN).join(SESSIONS);
        let entries = fs::read_dir(&path).map_err(|error| failed("list the sessions in", &path, &error))?;
        let is_draft = |entry: &fs::DirEntry| {
            let old = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            !entry.file_name().to_string_lossy().ends_with(RECORD)
                && old.and_then(|time| time.elapsed().ok()).is_some_and(|elapsed| elapsed >= age)
        };
        let mut removed = Vec::new();
        for entry in entries.flatten().filter(is_draft) {
            fs::remove_file(entry.path())
                .map_err(|error| failed("remove what is left of", &entry.path(), &error))?;
            removed.push(entry.file_name().to_string_lossy().into_owned());
        }
        Ok(removed)
    }

    fn lock_path(&self, id: &SandboxId) -> PathBuf {
        self.root.join(OWN).join(LOCKS).join(id.as_str())
    }

    fn lease_path(&self, id: &SandboxId) -> PathBuf {
        self.root.join(OWN).join(LEASES).join(id.as_str())
    }
}

/// Where a session of the data directory `root` is written down. Ids can't hold a slash.
pub fn session_path(root: &Path, id: &SandboxId) -> PathBuf {
    root.join(OWN).join(SESSIONS).join(format!("{id}{RECORD}"))
}

/// The ids that the entries of a directory stand for, without the end of their names; other entries are passed over.
fn ids(path: &Path, end: &str) -> Result<Vec<SandboxId>> {
    let entries = fs::read_dir(path).map_err(|error| failed("list", path, &error))?;
    let of = |entry: fs::DirEntry| {
        SandboxId::try_from(entry.file_name().to_str()?.strip_suffix(end)?.to_owned()).ok()
    };
    Ok(entries.flatten().filter_map(of).collect())
}

/// A failure on the host's file system.
pub fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    Error::new(
        if full { Code::DiskLimit } else { Code::FileError },
        format!("could not {what} {}: {error}", path.display()),
    )
    .detail("path", path.display().to_string())
    .detail("errno", error.raw_os_error().map(|number| format!("{:?}", nix::errno::Errno::from_raw(number))))
}

/// A failure with the disk of a workspace.
pub(super) fn disk_failed(verb: &str, disk: &Disk, error: &io::Error) -> Error {
    failed(&format!("{verb} the disk of"), disk.mount_point(), error)
}

#[cfg(test)]
mod tests;
