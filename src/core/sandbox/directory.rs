//! The data directory: the workspaces, and what is remembered between processes.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use nix::unistd::{Gid, Uid};
use tokio::time::{Instant, sleep};

use super::{
    id::SandboxId,
    lease::{self, Lease},
    options::Ids,
};
use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
};

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
            for name in [LEASES, LOCKS, SESSIONS] {
                private(&mut DirBuilder::new(), &root.join(OWN).join(name))?;
            }
            let namespace = namespace(&root.join(OWN).join("namespace"))?;
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

    /// Makes the directory of a sandbox's workspace when it is missing, and hands it to the sandbox's user.
    ///
    /// # Errors
    /// `CONFLICT` where the file system can't tell it from the directory of an id in other case; `FILE_ERROR`.
    pub fn prepare_workspace(&self, id: &SandboxId, user: Ids) -> Result<()> {
        let path = self.workspace(id);
        let prepared = || -> io::Result<bool> {
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if self.belongs_to_other_case(id, &path)? {
                        return Ok(false);
                    }
                }
                made => made?,
            }
            let metadata = path.symlink_metadata()?;
            if !metadata.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            if Uid::effective().is_root() && (metadata.uid(), metadata.gid()) != (user.uid, user.gid) {
                let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
                nix::unistd::chown(&path, Some(uid), Some(gid))?;
            }
            Ok(true)
        };
        match prepared() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::new(
                Code::Conflict,
                format!("{id} has the directory of an id that differs only in case"),
            )
            .hint("this file system does not tell upper from lower case: use ids in one case")),
            Err(error) => Err(failed("prepare the workspace", &path, &error)),
        }
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

/// Reads the namespace, or makes one: written aside and linked, so that of two processes one wins and neither
/// reads half of it.
fn namespace(path: &Path) -> io::Result<String> {
    loop {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(text) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                return Ok(text);
            }
            Ok(_) => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the file does not hold a namespace"));
            }
            Err(error) => return Err(error),
        }
        let made = random_hex()?;
        let aside = path.with_extension(&made);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&aside)?
            .write_all(made.as_bytes())?;
        let linked = fs::hard_link(&aside, path);
        fs::remove_file(&aside)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("cofferdam-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_namespace_is_made_once_and_kept() {
        let path = temporary("namespace");
        let made: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || DataDirectory::open(&path).unwrap().namespace().to_owned())
            })
            .map(|thread| thread.join().unwrap())
            .collect();
        assert!(made.iter().all(|namespace| *namespace == made[0]));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn two_directories_have_two_namespaces() {
        let (one, two) = (temporary("one"), temporary("two"));
        let namespaces = [&one, &two].map(|path| DataDirectory::open(path).unwrap().namespace().to_owned());
        assert_ne!(namespaces[0], namespaces[1]);
        for path in [one, two] {
            fs::remove_dir_all(path).unwrap();
        }
    }

    #[test]
    fn ids_that_differ_in_case_have_directories_of_their_own() {
        let path = temporary("case");
        let directory = DataDirectory::open(&path).unwrap();
        let user = Ids { uid: 1000, gid: 1000 };
        for id in ["Conv", "cONV", "conv"] {
            let id = SandboxId::try_from(id.to_owned()).unwrap();
            directory.prepare_workspace(&id, user).unwrap();
            directory.prepare_workspace(&id, user).unwrap();
        }
        assert_eq!(fs::read_dir(&path).unwrap().count(), 4);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn a_lease_is_seen_until_it_ends() {
        let path = temporary("lease");
        let directory = DataDirectory::open(&path).unwrap();
        let id = SandboxId::try_from("a".to_owned()).unwrap();
        let (one, two) = (directory.lease(&id).unwrap(), directory.lease(&id).unwrap());
        drop(one);
        assert!(directory.is_leased(&id).unwrap());
        drop(two);
        assert!(!directory.is_leased(&id).unwrap());
        fs::remove_dir_all(&path).unwrap();
    }
}
