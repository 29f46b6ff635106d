use std::{
    ffi::{CStr, CString},
    fs::{File, TryLockError},
    hash::{BuildHasher, RandomState},
    os::fd::OwnedFd,
};

use nix::{
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, renameat},
    sys::stat::{Mode, fstat, fstatat, mkdirat},
    unistd::{UnlinkatFlags, symlinkat, unlinkat},
};

use crate::{
    cursor::{identity, open_directory},
    deletion::Deletion,
    errno::errno,
};

/// What a draft's name begins with. 128 random bits follow, in hexadecimal: hostile code can't take a name before, and nothing
/// else has such a name by chance.
const PREFIX: &str = ".cofferdam-draft-";
const DIGITS: usize = 32;

/// The number of names to try. One fails when a sweep takes the draft for abandoned, or hostile code locks it first.
const TRIES: usize = 1000;

/// A file, directory or link that gets its name once it is complete. Until then it has a temporary name in the same
/// directory, and is deleted when it is dropped. Files and directories are locked meanwhile: a draft without a lock was left
/// by a process that died, and the next sweep removes it.
#[derive(Debug)]
pub struct Draft {
    directory: OwnedFd,
    name: CString,
    /// The temporary name.
    own: CString,
    /// Keeps it locked. `None` for a symbolic link, which gets its name at once.
    lock: Option<File>,
    published: bool,
}

impl Draft {
    /// Creates an empty file, open for writing, that only its owner may read.
    ///
    /// # Errors
    /// The system's error.
    pub fn file(directory: OwnedFd, name: CString) -> Result<(Self, File), Errno> {
        let (draft, file) = Self::make(directory, name, |at, own| lock(at, own, new_file(at, own)?))?;
        Ok((draft.held_by(&file)?, file))
    }

    /// Creates an empty directory that only its owner may enter.
    pub(crate) fn directory(directory: OwnedFd, name: CString) -> Result<(Self, OwnedFd), Errno> {
        let (draft, opened) = Self::make(directory, name, |at, own| {
            mkdirat(at, own, Mode::S_IRWXU)?;
            match open_directory(at, own) {
                Err(Errno::ENOENT) => Ok(None),
                opened => lock(at, own, File::from(opened?)),
            }
        })?;
        Ok((draft.held_by(&opened)?, opened.into()))
    }

    /// Creates a symbolic link.
    pub(crate) fn link(directory: OwnedFd, name: CString, target: &CStr) -> Result<Self, Errno> {
        let (draft, ()) = Self::make(directory, name, |at, own| symlinkat(target, at, own).map(Some))?;
        Ok(draft)
    }

    /// `make` gives `None` when the draft was taken for abandoned before it was locked.
    fn make<T>(
        directory: OwnedFd,
        name: CString,
        make: impl Fn(&OwnedFd, &CStr) -> Result<Option<T>, Errno>,
    ) -> Result<(Self, T), Errno> {
        for _ in 0..TRIES {
            let own = random_name();
            match make(&directory, &own) {
                Ok(Some(it)) => return Ok((Self { directory, name, own, lock: None, published: false }, it)),
                // What has locked it may leave it.
                Ok(None) => remove(&directory, &own),
                Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        Err(Errno::EEXIST)
    }

    fn held_by(mut self, locked: &File) -> Result<Self, Errno> {
        self.lock = Some(locked.try_clone().map_err(|error| errno(&error))?);
        Ok(self)
    }

    /// Gives it its name. An existing file, link or empty directory with that name is replaced.
    ///
    /// # Errors
    /// The system's error. The draft is deleted then.
    pub fn publish(mut self) -> Result<(), Errno> {
        renameat(&self.directory, self.own.as_c_str(), &self.directory, self.name.as_c_str())?;
        self.published = true;
        Ok(())
    }

    /// What to run before a drop that must not take long; `None` unless it is a directory.
    pub(crate) fn deletion(&self) -> Option<Deletion> {
        Deletion::of(&self.directory, self.own.as_c_str()).ok()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.published {
            return;
        }
        if let Some(mut deletion) = self.deletion() {
            while let Ok(true) = deletion.step() {}
        }
        remove(&self.directory, &self.own);
    }
}

/// Removes a file, a link or an empty directory, if it exists.
fn remove(directory: &OwnedFd, name: &CStr) {
    if unlinkat(directory, name, UnlinkatFlags::NoRemoveDir) == Err(Errno::EISDIR) {
        let _ = unlinkat(directory, name, UnlinkatFlags::RemoveDir);
    }
}

/// Creates an empty file; its name must be free.
pub fn new_file(directory: &OwnedFd, name: &CStr) -> Result<File, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
    openat(directory, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
}

/// Locks a draft that was just created. `None` when a sweep has removed it, or is about to.
fn lock(at: &OwnedFd, name: &CStr, file: File) -> Result<Option<File>, Errno> {
    // On a file system without locks, no sweep takes it for abandoned.
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Ok(None);
    }
    match fstatat(at, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(there) => Ok((identity(&there) == identity(&fstat(&file)?)).then_some(file)),
        Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Whether this is the name of a draft, or of one that was abandoned.
pub fn is_named_as_draft(name: &CStr) -> bool {
    let random = name.to_bytes().strip_prefix(PREFIX.as_bytes());
    random.is_some_and(|random| {
        random.len() == DIGITS && random.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether an entry of a directory is a draft that is being written: it has the name of one and is locked. A file that only
/// has the name is as any other.
pub fn is_draft(directory: &OwnedFd, name: &CStr) -> bool {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    is_named_as_draft(name)
        && openat(directory, name, flags, Mode::empty())
            // On a file system without locks, only the name can tell.
            .is_ok_and(|found| File::from(found).try_lock_shared().is_err())
}

fn random_name() -> CString {
    // Hashes of nothing, under keys that the system has chosen at random.
    let [one, other] = [(); 2].map(|()| RandomState::new().hash_one(()));
    // The name contains no NUL, so this is never the default.
    CString::new(format!("{PREFIX}{one:016x}{other:016x}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_random_and_known_again() {
        let names: HashSet<_> = (0..1000).map(|_| random_name()).collect();
        assert!(names.len() == 1000 && names.iter().all(|name| is_named_as_draft(name)));
        for name in [
            c".cofferdam-draft-1-0",
            c".cofferdam-draft-",
            c".cofferdam-draft-0123456789abcdef0123456789abcde",
            c".cofferdam-draft-0123456789abcdef0123456789abcdef0",
            c".cofferdam-draft-0123456789ABCDEF0123456789abcdef",
        ] {
            assert!(!is_named_as_draft(name), "{name:?}");
        }
    }

    #[test]
    fn only_a_locked_file_is_a_draft() {
        let scratch = tempfile::tempdir().unwrap();
        let opened = || OwnedFd::from(File::open(scratch.path()).unwrap());
        let (draft, _) = Draft::file(opened(), c"file".to_owned()).unwrap();
        let (directory, _) = Draft::directory(opened(), c"directory".to_owned()).unwrap();
        assert!(is_draft(&opened(), &draft.own) && is_draft(&opened(), &directory.own));
        let abandoned = random_name();
        drop(new_file(&opened(), &abandoned).unwrap());
        assert!(!is_draft(&opened(), &abandoned) && !is_draft(&opened(), c"file"));
    }
}
