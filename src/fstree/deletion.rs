use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use nix::{
    NixPath,
    dir::{Dir, Type},
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag, renameat},
    sys::stat::{Mode, SFlag, fstatat},
    unistd::{UnlinkatFlags, unlinkat},
};

use crate::unlock::{open_unlocked, unlock};

/// The most names of one directory that are held at a time.
const MOST: usize = 1024;

/// Deletes a tree in small steps.
///
/// However deep it is, two directories are open at a time and nothing recurses: a nested directory is moved up to the top
/// before it is deleted. (`std::fs::remove_dir_all` fails with `EMFILE` at 30,000 levels.) Symbolic links are deleted, never
/// followed.
pub struct Deletion {
    top: OwnedFd,
    /// Entries of the top that are known and not deleted yet, and whether each is a directory.
    entries: Vec<(CString, bool)>,
    /// The directory in the top that is being emptied.
    current: Option<(CString, OwnedFd)>,
    /// How many directories were moved to the top, to name them.
    moved: u64,
}

impl Deletion {
    /// Starts to delete the contents of a directory, but not the directory itself.
    ///
    /// # Errors
    /// The system's error, such as `ENOENT`; `ENOTDIR` for anything but a directory, symbolic links included.
    pub fn of<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<Self, Errno> {
        Ok(Self { top: open_unlocked(at, name)?, entries: Vec::new(), current: None, moved: 0 })
    }

    /// Deletes some more, at most about a thousand names. `false` when nothing is left.
    ///
    /// # Errors
    /// The system's error, such as `EACCES` for files of another user.
    pub fn step(&mut self) -> Result<bool, Errno> {
        if let Some((name, directory)) = &self.current {
            let found = entries(directory)?;
            if found.is_empty() {
                delete(&self.top, name, true)?;
                self.current = None;
            } else {
                move_or_delete(&self.top, directory, found, &mut self.moved)?;
            }
            return Ok(true);
        }
        if self.entries.is_empty() {
            self.entries = entries(&self.top)?;
            return Ok(!self.entries.is_empty());
        }
        while let Some((name, is_directory)) = self.entries.pop() {
            if is_directory {
                let directory = open_unlocked(&self.top, name.as_c_str())?;
                self.current = Some((name, directory));
                break;
            }
            delete(&self.top, &name, false)?;
        }
        Ok(true)
    }
}

/// Deletes a directory and everything in it, if it exists.
///
/// # Errors
/// The system's error, such as `EACCES` for files of another user.
pub fn delete_tree(path: &Path) -> Result<(), Errno> {
    let mut deletion = match Deletion::of(AT_FDCWD, path) {
        Err(Errno::ENOENT) => return Ok(()),
        begun => begun?,
    };
    while deletion.step()? {}
    unlinkat(AT_FDCWD, path, UnlinkatFlags::RemoveDir)
}

/// Deletes entries of a directory, except that directories are moved to the top.
fn move_or_delete(
    top: &OwnedFd,
    directory: &OwnedFd,
    entries: Vec<(CString, bool)>,
    moved: &mut u64,
) -> Result<(), Errno> {
    for (child, is_directory) in entries {
        if !is_directory {
            delete(directory, &child, false)?;
            continue;
        }
        loop {
            *moved += 1;
            // The name contains no NUL, so this is never the default.
            let target = CString::new(format!("cofferdam-deleted-{moved}")).unwrap_or_default();
            if fstatat(top, target.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) == Err(Errno::ENOENT) {
                // Moving a directory to another parent changes its `..`, which takes permission on the directory itself.
                let _ = unlock(directory, child.as_c_str());
                renameat(directory, child.as_c_str(), top, target.as_c_str())?;
                break;
            }
        }
    }
    Ok(())
}

fn delete(directory: &OwnedFd, name: &CStr, is_directory: bool) -> Result<(), Errno> {
    let flags = if is_directory { UnlinkatFlags::RemoveDir } else { UnlinkatFlags::NoRemoveDir };
    match unlinkat(directory, name, flags) {
        Err(Errno::ENOENT) => Ok(()),
        outcome => outcome,
    }
}

/// The first entries of a directory, and whether each is a directory. Hostile code decides how many exist, so a step takes
/// only some.
fn entries(directory: &OwnedFd) -> Result<Vec<(CString, bool)>, Errno> {
    // A separate descriptor, because reading a directory moves the position of the descriptor.
    let mut listing = Dir::openat(directory, ".", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    let mut entries = Vec::new();
    for entry in listing.iter().take(MOST) {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let is_directory = if let Some(kind) = entry.file_type() {
            kind == Type::Directory
        } else {
            let stat = fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
            SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFDIR
        };
        entries.push((name.to_owned(), is_directory));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;
    use crate::cursor::open_directory;

    #[test]
    fn thirty_thousand_nested_directories_are_deleted() {
        let root = std::env::temp_dir().join(format!("cofferdam-delete-{}", std::process::id()));
        fs::create_dir(&root).unwrap();
        let mut directory = open_directory(AT_FDCWD, &root).unwrap();
        for _ in 0..30_000 {
            nix::sys::stat::mkdirat(&directory, "d", Mode::S_IRWXU).unwrap();
            directory = open_directory(&directory, "d").unwrap();
        }
        drop(directory);
        delete_tree(&root).unwrap();
        assert!(!root.exists());
    }

    #[test]
    fn symbolic_links_are_deleted_and_not_followed() {
        let root = std::env::temp_dir().join(format!("cofferdam-links-{}", std::process::id()));
        let outside = root.join("outside");
        let tree = root.join("tree");
        fs::create_dir_all(&outside).unwrap();
        fs::create_dir_all(tree.join("a/b")).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        symlink(&outside, tree.join("a/link")).unwrap();
        symlink(&outside, tree.join("link")).unwrap();
        fs::write(tree.join("a/b/file"), "").unwrap();
        fs::write(tree.join("cofferdam-deleted-1"), "").unwrap();
        delete_tree(&tree).unwrap();
        assert!(!tree.exists() && outside.join("kept").exists());
        delete_tree(&tree).unwrap();
        fs::remove_dir_all(&root).unwrap();
    }
}
