use std::{
    ffi::{CStr, CString},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::Path,
};

use nix::{
    NixPath,
    dir::{Dir, Type},
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat},
    sys::stat::{FchmodatFlags, Mode, SFlag, fchmodat, fstatat},
    unistd::{UnlinkatFlags, unlinkat},
};

/// So many names of one directory are held at a time.
const MOST: usize = 1024;

/// A tree that is being deleted, a little at a time.
///
/// However deep it is, two directories are open at a time and nothing recurses: a directory within a directory is moved
/// up to the top before its turn comes. (30,000 nested ones end `std::fs::remove_dir_all` with `EMFILE`.) Symbolic links
/// are deleted, never followed.
pub struct Deletion {
    top: OwnedFd,
    /// What is known to be in the top, and not gone yet.
    entries: Vec<(CString, bool)>,
    /// The directory of the top that is being emptied.
    current: Option<(CString, OwnedFd)>,
    moved: u64,
}

impl Deletion {
    /// Begins with all that is in a directory, which stays itself.
    ///
    /// # Errors
    /// What the system gives, such as `ENOENT`, and `ENOTDIR` for what is none or a symbolic link.
    pub fn of<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<Self, Errno> {
        Ok(Self { top: open_directory(at, name)?, entries: Vec::new(), current: None, moved: 0 })
    }

    /// Deletes some more, at most about a thousand names. `false` when nothing is left.
    ///
    /// # Errors
    /// What the system gives, such as `EACCES` for what another user made.
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
                let directory = open_directory(&self.top, name.as_c_str())?;
                self.current = Some((name, directory));
                break;
            }
            delete(&self.top, &name, false)?;
        }
        Ok(true)
    }
}

/// Deletes a directory and all in it; one that is not there is fine.
///
/// # Errors
/// What the system gives, such as `EACCES` for what another user made.
pub fn delete_tree(path: &Path) -> Result<(), Errno> {
    let mut deletion = match Deletion::of(AT_FDCWD, path) {
        Err(Errno::ENOENT) => return Ok(()),
        begun => begun?,
    };
    while deletion.step()? {}
    unlinkat(AT_FDCWD, path, UnlinkatFlags::RemoveDir)
}

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
            // Digits and letters hold no NUL.
            let target = CString::new(format!("cofferdam-deleted-{moved}")).unwrap_or_default();
            if fstatat(top, target.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) == Err(Errno::ENOENT) {
                // Moving a directory to another parent writes its `..`, which takes permission on itself.
                let _ = open_up(directory, child.as_c_str());
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

/// Opens a directory itself, whatever its mode says.
fn open_directory<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<OwnedFd, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    match openat(&at, name, flags, Mode::empty()) {
        Err(Errno::EACCES) => {
            open_up(&at, name)?;
            openat(&at, name, flags, Mode::empty())
        }
        outcome => outcome,
    }
}

/// Gives the owner every right to a directory itself; never to what a link in its place leads to.
pub(crate) fn open_up<P: ?Sized + NixPath>(at: impl AsFd, name: &P) -> Result<(), Errno> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let directory = openat(&at, name, flags, Mode::empty())?;
    let path = format!("/proc/self/fd/{}", directory.as_raw_fd());
    fchmodat(AT_FDCWD, path.as_str(), Mode::S_IRWXU, FchmodatFlags::FollowSymlink)
}

/// Names in a directory, and which of them are directories; not all at once when there are many: how many there
/// are, hostile code says.
fn entries(directory: &OwnedFd) -> Result<Vec<(CString, bool)>, Errno> {
    // A descriptor of its own: reading a directory moves the position of the one it is read by.
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

    #[test]
    fn thirty_thousand_nested_directories_go() {
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
    fn links_are_deleted_and_not_followed() {
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
