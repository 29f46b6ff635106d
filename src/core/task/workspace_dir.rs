//! Directories of the host that tasks work in.

use std::path::{self, Path};

use cofferdam_fstree::give;
use nix::{
    errno::Errno,
    sys::stat::SFlag,
    unistd::{Gid, Uid, geteuid},
};

use crate::{
    config::{
        host_paths,
        user::{Ids, User},
    },
    error::{Error, Result},
    hostfs::Pinned,
    store::failure::failed,
};

/// Finds a directory and checks that a task may work in it.
///
/// # Errors
/// `INVALID_ARGUMENT` when it does not exist, is not a directory, or must not be given away; see [`host_paths`].
pub fn find(path: &Path) -> Result<Pinned> {
    let Ok(absolute) = path::absolute(path) else { return Err(rejected(path, "is not a path")) };
    let found =
        host_paths::find("workspaceDir", &absolute)?.ok_or_else(|| rejected(path, "does not exist"))?;
    let stat = found.stat().map_err(|errno| failed("examine", path, &errno.into()))?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT != SFlag::S_IFDIR {
        return Err(rejected(path, "is not a directory"));
    }
    Ok(found)
}

/// How a task uses a directory.
#[derive(Debug, PartialEq, Eq)]
pub enum Access {
    /// It is mounted, and this user works in it: its owner, unless that is root.
    Mounted(User),
    /// The task works on a copy of it.
    Copied,
}

/// How a task uses a directory. No command in a container runs as root, so one of root's is given to the task's user if that is
/// allowed. If not, the task works on a copy.
///
/// # Errors
/// `INVALID_ARGUMENT` for a directory to be given away that holds files with names elsewhere; `FILE_ERROR`.
pub fn access(directory: &Pinned, user: User, may_chown: bool) -> Result<Access> {
    let path = directory.path();
    let stat = directory.stat().map_err(|errno| failed("examine", path, &errno.into()))?;
    let user = match user {
        User::Auto | User::Unique(_) if stat.st_uid != 0 => {
            // Root's group would come close to root, and the owner needs none.
            let gid = if stat.st_gid == 0 { stat.st_uid } else { stat.st_gid };
            User::Ids(Ids { uid: stat.st_uid, gid })
        }
        // A user of the task's own could do nothing in a directory of the caller's.
        User::Unique(_) => User::Auto,
        user => user,
    };
    let Ids { uid, gid } = match user.common() {
        Some(ids) if stat.st_uid == 0 && geteuid().is_root() => ids,
        _ => return Ok(Access::Mounted(user)),
    };
    if !may_chown {
        return Ok(Access::Copied);
    }
    match give(directory, Uid::from_raw(0), Uid::from_raw(uid), Gid::from_raw(gid)) {
        Ok(()) => Ok(Access::Mounted(user)),
        Err(Errno::EMLINK) => {
            Err(rejected(path, "contains a file of root's that has another name (a hard link)"))
        }
        Err(errno) => Err(failed("change the owner of", path, &errno.into())),
    }
}

fn rejected(path: &Path, why: &str) -> Error {
    Error::invalid("workspaceDir", format!("workspaceDir: {} {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use super::*;
    use crate::error::Code;

    #[test]
    fn a_task_cannot_work_in_a_directory_of_the_system() {
        for path in ["/", "/etc", "/home", "/usr/bin", "/proc/self", "/no/such/place", "/etc/hostname", ""] {
            let error = find(Path::new(path)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{path}");
        }
    }

    #[test]
    fn a_directory_of_roots_is_given_away_only_if_that_is_allowed() {
        if !geteuid().is_root() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("file"), "").unwrap();
        let found = find(directory.path()).unwrap();
        assert_eq!(access(&found, User::Auto, false).unwrap(), Access::Copied);
        assert_eq!(directory.path().metadata().unwrap().uid(), 0);
        assert_eq!(access(&found, User::Auto, true).unwrap(), Access::Mounted(User::Auto));
        assert_eq!(directory.path().join("file").metadata().unwrap().uid(), 1000);
    }

    #[test]
    fn a_task_works_as_the_owner_of_its_directory() {
        if !geteuid().is_root() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        for (group, gid) in [(2345, 2345), (0, 1234)] {
            std::os::unix::fs::chown(directory.path(), Some(1234), Some(group)).unwrap();
            let found = find(directory.path()).unwrap();
            let access = access(&found, User::Auto, false).unwrap();
            assert_eq!(access, Access::Mounted(User::Ids(Ids { uid: 1234, gid })));
        }
    }
}
