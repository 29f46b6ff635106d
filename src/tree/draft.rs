use std::{
    ffi::{CStr, CString},
    fs::File,
    os::fd::OwnedFd,
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, openat, renameat},
    sys::stat::{Mode, mkdirat},
    unistd::{UnlinkatFlags, symlinkat, unlinkat},
};

use crate::{cursor::open_directory, deletion::Deletion};

/// How the names of drafts begin.
const PREFIX: &str = ".cofferdam-";

/// What will have a name once it is whole. Until then it lies beside that name under one of its own, and goes when it is
/// dropped.
#[derive(Debug)]
pub struct Draft {
    directory: OwnedFd,
    name: CString,
    own: CString,
    published: bool,
}

impl Draft {
    /// An empty file, open for writing, that only its owner may read.
    ///
    /// # Errors
    /// What the system gives.
    pub fn file(directory: OwnedFd, name: CString) -> Result<(Self, File), Errno> {
        Self::make(directory, name, new_file)
    }

    /// An empty directory, which only its owner may enter.
    pub(crate) fn directory(directory: OwnedFd, name: CString) -> Result<(Self, OwnedFd), Errno> {
        let (draft, ()) = Self::make(directory, name, |at, own| mkdirat(at, own, Mode::S_IRWXU))?;
        let opened = open_directory(&draft.directory, draft.own.as_c_str())?;
        Ok((draft, opened))
    }

    /// A symbolic link.
    pub(crate) fn link(directory: OwnedFd, name: CString, target: &CStr) -> Result<Self, Errno> {
        let (draft, ()) = Self::make(directory, name, |at, own| symlinkat(target, at, own))?;
        Ok(draft)
    }

    fn make<T>(
        directory: OwnedFd,
        name: CString,
        make: impl Fn(&OwnedFd, &CStr) -> Result<T, Errno>,
    ) -> Result<(Self, T), Errno> {
        loop {
            let own = unique_name();
            match make(&directory, &own) {
                Ok(it) => return Ok((Self { directory, name, own, published: false }, it)),
                Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
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
