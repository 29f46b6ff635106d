//! Workspaces in directories of the host.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::Path,
};

use cofferdam_fstree::give as give_tree;
use nix::{
    fcntl::{AtFlags, OFlag, open},
    sys::stat::{FileStat, Mode, fstat},
    unistd::{Gid, Uid, fchownat},
};

use crate::{
    config::{id::SandboxId, user::Ids},
    error::{Code, Error, Result},
    store::{data_directory::DataDirectory, failure::failed},
};

/// Creates the directory of a sandbox's workspace if it is missing. It belongs to this process's user.
///
/// # Errors
/// `CONFLICT` when the file system cannot tell it from that of an id that differs only in case; `FILE_ERROR`.
pub fn create(directory: &DataDirectory, id: &SandboxId) -> Result<()> {
    let path = directory.workspace_here(id);
    let created = || -> io::Result<bool> {
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if belongs_to_other_case(path.parent().unwrap_or(&path), id, &path)? {
                    return Ok(false);
                }
            }
            created => created?,
        }
        if path.symlink_metadata()?.is_dir() { Ok(true) } else { Err(io::ErrorKind::NotADirectory.into()) }
    };
    match created() {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = format!("the directory of {id} belongs to an id that differs only in case");
            Err(Error::new(Code::Conflict, message)
                .hint("this file system does not distinguish upper from lower case: use ids in one case"))
        }
        Err(error) => Err(failed("prepare the workspace", &path, &error)),
    }
}

/// Makes a user the owner of a sandbox's workspace, or of the disk mounted there. If another user was given it before, the
/// files of that user change hands too. Does nothing unless this process is root. No command of the sandbox runs.
///
/// # Errors
/// `FILE_ERROR`.
pub fn give(directory: &DataDirectory, id: &SandboxId, user: Ids) -> Result<()> {
    if !Uid::effective().is_root() {
        return Ok(());
    }
    let path = directory.workspace_here(id);
    let given = || -> io::Result<()> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let top = open(&path, flags, Mode::empty())?;
        let FileStat { st_uid, st_gid, .. } = fstat(&top)?;
        if (st_uid, st_gid) == (user.uid, user.gid) {
            return Ok(());
        }
        let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
        if st_uid == 0 {
            // A new one. What root has put into an older one stays root's.
            fchownat(&top, c"", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH)?;
        } else {
            give_tree(&top, Uid::from_raw(st_uid), uid, gid)?;
        }
        Ok(())
    };
    given().map_err(|error| failed("prepare the workspace", &path, &error))
}

/// On a file system that ignores case: whether the directory was created under another spelling.
fn belongs_to_other_case(root: &Path, id: &SandboxId, path: &Path) -> io::Result<bool> {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let swapped: String = id.as_str().chars().map(swap).collect();
    let Ok(other) = root.join(&swapped).symlink_metadata() else { return Ok(false) };
    if swapped == id.as_str() || other.ino() != path.symlink_metadata()?.ino() {
        return Ok(false);
    }
    Ok(!fs::read_dir(root)?.flatten().any(|entry| entry.file_name() == id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_in_case_have_separate_directories() {
        let root = tempfile::tempdir().unwrap();
        let directory = DataDirectory::open(root.path()).unwrap();
        for id in ["Conv", "cONV", "conv"] {
            let id = SandboxId::try_from(id.to_owned()).unwrap();
            create(&directory, &id).unwrap();
            create(&directory, &id).unwrap();
        }
        // And our own.
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 4);
    }
}
