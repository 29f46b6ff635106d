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

/// How the names of drafts begin.
const PREFIX: &str = ".cofferdam-draft-";

/// So many names are tried. One is lost to whoever takes it for abandoned meanwhile, or does so on purpose.
const TRIES: usize = 1000;

/// What will have a name once it is whole. Until then it lies beside that name under one of its own, and goes when it is
/// dropped. Files and directories are locked meanwhile: one that nobody has locked was left by a process that died
/// ([`crate::sweep`]).
#[derive(Debug)]
pub struct Draft {
    directory: OwnedFd,
    name: CString,
    own: CString,
    /// Keeps it locked. None for a symbolic link, which has its name at once.
    lock: Option<File>,
    published: bool,
}

impl Draft {
    /// An empty file, open for writing, that only its owner may read.
    ///
    /// # Errors
    /// What the system gives.
    pub fn file(directory: OwnedFd, name: CString) -> Result<(Self, File), Errno> {
        let (draft, file) = Self::make(directory, name, |at, own| lock(at, own, new_file(at, own)?))?;
        Ok((draft.held_by(&file)?, file))
    }

    /// An empty directory, which only its owner may enter.
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

    /// A symbolic link.
    pub(crate) fn link(directory: OwnedFd, name: CString, target: &CStr) -> Result<Self, Errno> {
        let (draft, ()) = Self::make(directory, name, |at, own| symlinkat(target, at, own).map(Some))?;
        Ok(draft)
    }

    /// `make` gives none for what was taken for abandoned before it was locked.
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

    /// Gives it its name. What has the name is replaced, but for a directory with something in it.
    ///
    /// # Errors
    /// What the system gives; it is gone then.
    pub fn publish(mut self) -> Result<(), Errno> {
        renameat(&self.directory, self.own.as_c_str(), &self.directory, self.name.as_c_str())?;
        self.published = true;
        Ok(())
    }

    /// What is to be done before it is dropped where that must not take long: none for what is no directory.
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

/// Makes an empty file where nothing is.
pub fn new_file(directory: &OwnedFd, name: &CStr) -> Result<File, Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
    openat(directory, name, flags, Mode::S_IRUSR | Mode::S_IWUSR).map(File::from)
}

/// Locks what was just made under a name. None when it is gone, or about to go.
fn lock(at: &OwnedFd, name: &CStr, file: File) -> Result<Option<File>, Errno> {
    // Where there are no locks, nobody can take it for abandoned.
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return Ok(None);
    }
    match fstatat(at, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(there) => Ok((identity(&there) == identity(&fstat(&file)?)).then_some(file)),
        Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Whether this is, or was left by a process that died, what will have another name once it is whole.
pub fn is_draft(name: &CStr) -> bool {
    name.to_bytes().starts_with(PREFIX.as_bytes())
}

fn unique_name() -> CString {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Digits and letters hold no NUL, so this never is the default.
    CString::new(format!("{PREFIX}{:x}-{number:x}", process::id())).unwrap_or_default()
}
