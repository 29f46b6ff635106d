//! Directories of the host that tasks work in.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, lchown},
    path::{Path, PathBuf},
};

use nix::unistd::geteuid;

use crate::{
    config::{
        host_paths,
        user::{Ids, User},
    },
    error::{Error, Result},
    store::failure::failed,
};

/// Resolves a directory and checks that a task may work in it.
///
/// # Errors
/// `INVALID_ARGUMENT` when it does not exist, is not a directory, or must not be given away; see [`host_paths`].
pub fn resolve(path: &Path) -> Result<PathBuf> {
    let reject =
        |why: &str| Err(Error::invalid("workspaceDir", format!("workspaceDir: {} {why}", path.display())));
    let Ok(absolute) = std::path::absolute(path) else { return reject("is not a path") };
    match absolute.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return reject("does not exist"),
        Err(error) => return reject(&format!("cannot be examined: {error}")),
        Ok(metadata) if !metadata.is_dir() => return reject("is not a directory"),
        Ok(_) => {}
    }
    let resolved = absolute.canonicalize().map_err(|error| failed("resolve", path, &error))?;
    host_paths::check("workspaceDir", &resolved)
}

/// The user that works in a directory: its owner. A directory of root's is handed over with everything in it, because no
/// command in a container runs as root.
///
/// # Errors
/// `FILE_ERROR`.
pub fn user_of(path: &Path, user: User) -> Result<User> {
    let metadata = path.metadata().map_err(|error| failed("look at", path, &error))?;
    let user = match user {
        User::Auto if metadata.uid() != 0 && metadata.gid() != 0 => {
            User::Ids(Ids { uid: metadata.uid(), gid: metadata.gid() })
        }
        user => user,
    };
    if metadata.uid() == 0 && geteuid().is_root() {
        hand_over(path, user.ids()).map_err(|error| failed("hand over", path, &error))?;
    }
    Ok(user)
}

/// Makes a user the owner of a tree; links are handed over, not followed.
fn hand_over(path: &Path, ids: Ids) -> io::Result<()> {
    let mut rest = vec![path.to_owned()];
    while let Some(path) = rest.pop() {
        if path.symlink_metadata()?.is_dir() {
            for entry in fs::read_dir(&path)? {
                rest.push(entry?.path());
            }
        }
        lchown(&path, Some(ids.uid), Some(ids.gid))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_task_cannot_work_in_a_directory_of_the_system() {
        for path in ["/", "/etc", "/home", "/usr/bin", "/proc/self", "/no/such/place", "/etc/hostname"] {
            let error = resolve(Path::new(path)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{path}");
        }
    }

    #[test]
    fn a_directory_of_roots_is_handed_over() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("file"), "").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", inner.join("link")).unwrap();
        let path = resolve(directory.path()).unwrap();
        assert_eq!(path, directory.path().canonicalize().unwrap());
        let user = user_of(&path, User::Auto).unwrap();
        if geteuid().is_root() {
            assert_eq!(user, User::Auto);
            for name in ["inner", "inner/file", "inner/link"] {
                assert_eq!(path.join(name).symlink_metadata().unwrap().uid(), 1000, "{name}");
            }
            assert_eq!(Path::new("/etc/passwd").metadata().unwrap().uid(), 0);
        }
    }
}
