use std::{
    ffi::{CStr, CString},
    fs::{File, TryLockError},
    os::fd::OwnedFd,
    process,
    sync::atomic::{AtomicU64, Ordering},
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

/// The prefix of all drafts' names.
const PREFIX: &str = ".cofferdam-draft-";

/// The number of names to try. One fails when a sweep takes the draft for abandoned, or hostile code takes the name.
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
            let own = unique_name();
            match make(&directory, &own) {
                Ok(Some(it)) => return Ok((Self { directory, name, own, lock: None, published: false }, it)),
                Ok(None) | Err(Errno::EEXIST) => {}
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
            let _ = unlinkat(&self.directory, self.own.as_c_str(), UnlinkatFlags::RemoveDir);
        } else {
            let _ = unlinkat(&self.directory, self.own.as_c_str(), UnlinkatFlags::NoRemoveDir);
        }
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

/// Whether this is the name of a draft.
pub fn is_draft(name: &CStr) -> bool {
    name.to_bytes().starts_with(PREFIX.as_bytes())
}

fn unique_name() -> CString {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // The name contains no NUL, so this is never the default.
    CString::new(format!("{PREFIX}{:x}-{number:x}", process::id())).unwrap_or_default()
}
