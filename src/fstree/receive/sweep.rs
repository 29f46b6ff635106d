use std::{
    ffi::{CStr, CString},
    fs::File,
    os::fd::OwnedFd,
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{OFlag, openat},
    sys::stat::{Mode, SFlag, fstat},
    unistd::{UnlinkatFlags, unlinkat},
};
use tokio::task::yield_now;

use super::draft::is_named_as_draft;

use crate::deletion::Deletion;

/// The most names of a directory that are read: hostile code decides how many exist.
const MOST: usize = 10_000;

/// Removes drafts from a directory that were left by processes that died. Yields to other tasks in between. Drafts that
/// can't be removed stay.
pub async fn sweep(directory: &OwnedFd) {
    for name in drafts(directory).unwrap_or_default() {
        if let Ok(Some(abandoned)) = abandoned(directory, &name) {
            let _ = remove(directory, &name, &abandoned).await;
        }
    }
}

fn drafts(directory: &OwnedFd) -> Result<Vec<CString>, Errno> {
    // A separate descriptor, because reading a directory moves the position of the descriptor.
    let mut listing = Dir::openat(directory, ".", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    let names = listing.iter().take(MOST).flatten().map(|entry| entry.file_name().to_owned());
    Ok(names.filter(|name| is_named_as_draft(name)).collect())
}

/// Opens and locks a draft; `None` when another process holds its lock.
fn abandoned(directory: &OwnedFd, name: &CStr) -> Result<Option<File>, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let draft = File::from(openat(directory, name, flags, Mode::empty())?);
    Ok(draft.try_lock().is_ok().then_some(draft))
}

async fn remove(directory: &OwnedFd, name: &CStr, draft: &File) -> Result<(), Errno> {
    let mode = fstat(draft)?.st_mode;
    // Only its owner may use a draft. What others may use is a file that has only the name of one.
    if mode & 0o077 != 0 {
        return Ok(());
    }
    match SFlag::from_bits_truncate(mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFDIR => {
            let mut deletion = Deletion::of(directory, name)?;
            while deletion.step()? {
                yield_now().await;
            }
            unlinkat(directory, name, UnlinkatFlags::RemoveDir)
        }
        SFlag::S_IFREG => unlinkat(directory, name, UnlinkatFlags::NoRemoveDir),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
        path::Path,
    };

    use tempfile::tempdir;

    use super::*;
    use crate::Draft;

    fn opened(path: &Path) -> OwnedFd {
        File::open(path).unwrap().into()
    }

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn abandoned_drafts_are_removed_and_nothing_else() {
        let root = tempdir().unwrap();
        let outside = tempdir().unwrap();
        fs::write(outside.path().join("kept"), "").unwrap();
        let at = |name: &str| root.path().join(name);
        let lock =
            |name: &str, mode| fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
        fs::create_dir_all(at(".cofferdam-draft-00000000000000000000000000000000/a/b")).unwrap();
        lock(".cofferdam-draft-00000000000000000000000000000000", 0o700);
        symlink(outside.path(), at(".cofferdam-draft-00000000000000000000000000000000/a/link")).unwrap();
        fs::write(at(".cofferdam-draft-00000000000000000000000000000001"), "").unwrap();
        lock(".cofferdam-draft-00000000000000000000000000000001", 0o600);
        symlink(outside.path(), at(".cofferdam-draft-00000000000000000000000000000002")).unwrap();
        nix::unistd::mkfifo(&at(".cofferdam-draft-00000000000000000000000000000003"), Mode::S_IRWXU).unwrap();
        fs::write(at(".cofferdam-draft-00000000000000000000000000000004"), "mine").unwrap();
        lock(".cofferdam-draft-00000000000000000000000000000004", 0o644);
        fs::write(at(".cofferdam-draft-1-0"), "").unwrap();
        fs::write(at(".cofferdam-notes"), "").unwrap();
        let (file, _) = Draft::file(opened(root.path()), c"file".to_owned()).unwrap();
        let (directory, _) = Draft::directory(opened(root.path()), c"directory".to_owned()).unwrap();

        sweep(&opened(root.path())).await;
        file.publish().unwrap();
        directory.publish().unwrap();
        let kept = [
            ".cofferdam-draft-00000000000000000000000000000002",
            ".cofferdam-draft-00000000000000000000000000000003",
            ".cofferdam-draft-00000000000000000000000000000004",
            ".cofferdam-draft-1-0",
            ".cofferdam-notes",
            "directory",
            "file",
        ];
        assert_eq!(names(root.path()), kept);
        assert_eq!(names(outside.path()), ["kept"]);
    }

    #[test]
    fn drafts_that_are_made_during_a_sweep_are_kept() {
        let root = tempdir().unwrap();
        std::thread::scope(|scope| {
            let made: Vec<_> = (0..2)
                .map(|thread| {
                    scope.spawn({
                        let path = root.path();
                        move || {
                            for number in 0..500 {
                                let name = CString::new(format!("{thread}-{number}")).unwrap();
                                let (draft, _) = if number % 2 == 0 {
                                    Draft::directory(opened(path), name).unwrap()
                                } else {
                                    let (draft, file) = Draft::file(opened(path), name).unwrap();
                                    (draft, file.into())
                                };
                                draft.publish().unwrap();
                            }
                        }
                    })
                })
                .collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            while !made.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                runtime.block_on(sweep(&opened(root.path())));
            }
        });
        assert_eq!(names(root.path()).len(), 1_000);
    }
}
