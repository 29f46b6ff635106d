use std::{
    ffi::{CStr, OsString},
    fs::{File, FileType, Metadata, OpenOptions},
    io::{self, ErrorKind, Read},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::fs::{FileTypeExt, OpenOptionsExt},
    },
    path::Path,
};

use nix::{
    NixPath,
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, openat, readlinkat},
    sys::stat::Mode,
};

use super::{Links, Refusal, Resolved, resolve};

/// The largest file of settings or certificates that is read, in bytes.
pub const MAX_SETTINGS: u64 = 1024 * 1024;

/// A file of the host, held but not opened yet. Whatever its name stands for later, this stays the file that was looked at,
/// so a named pipe or a device is never opened, and a link is never followed by accident.
#[derive(Debug)]
pub struct Held(File);

impl Held {
    /// Holds what a path names; symbolic links are followed.
    ///
    /// # Errors
    /// The system's error.
    pub fn find(path: &Path) -> io::Result<Self> {
        Self::hold(AT_FDCWD, path, OFlag::empty())
    }

    /// Holds what a path of the caller's names. Symbolic links are followed only if they belong to root; see [`resolve`].
    ///
    /// # Errors
    /// The system's error; `ELOOP` for a link of another user; `EPERM` for a path in a data directory.
    pub fn trusted(path: &Path) -> io::Result<Self> {
        let errno = |refusal: Refusal| io::Error::from(refusal.errno());
        let Resolved { file, missing, .. } = resolve(path, Links::OfRoot).map_err(errno)?;
        if missing.is_empty() { Ok(Self(File::from(file))) } else { Err(Errno::ENOENT.into()) }
    }

    /// Holds what a single name in a directory names. A symbolic link is held itself.
    ///
    /// # Errors
    /// The system's error.
    pub fn entry<P: ?Sized + NixPath>(directory: impl AsFd, name: &P) -> io::Result<Self> {
        Self::hold(directory, name, OFlag::O_NOFOLLOW)
    }

    fn hold<P: ?Sized + NixPath>(at: impl AsFd, name: &P, more: OFlag) -> io::Result<Self> {
        let held = openat(at, name, OFlag::O_PATH | OFlag::O_CLOEXEC | more, Mode::empty())?;
        Ok(Self(File::from(held)))
    }

    /// What is known about it.
    ///
    /// # Errors
    /// The system's error.
    pub fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// Opens it for reading.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for anything but a regular file, and the system's error.
    pub fn open(&self) -> io::Result<File> {
        let kind = self.metadata()?.file_type();
        if !kind.is_file() {
            let message = format!("it is {}, not a regular file", name(kind));
            return Err(io::Error::new(ErrorKind::InvalidInput, message));
        }
        // O_NONBLOCK: a lease on it must not make this wait.
        let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits();
        OpenOptions::new()
            .read(true)
            .custom_flags(flags)
            .open(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }

    /// Reads it, if it has no more than `most` bytes.
    ///
    /// # Errors
    /// Those of [`Held::open`]; [`ErrorKind::FileTooLarge`].
    pub fn read(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.open()?.take(most + 1).read_to_end(&mut content)?;
        if content.len() as u64 > most {
            return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {most} bytes")));
        }
        Ok(content)
    }

    /// Opens it as a directory, for reading.
    ///
    /// # Errors
    /// The system's error; `ENOTDIR` for anything else.
    pub fn directory(&self) -> io::Result<OwnedFd> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(openat(&self.0, c".", flags, Mode::empty())?)
    }

    /// The target of a symbolic link.
    ///
    /// # Errors
    /// The system's error.
    pub fn target(&self) -> io::Result<OsString> {
        const ITSELF: &CStr = c"";
        Ok(readlinkat(&self.0, ITSELF)?)
    }
}

/// Reads a small file of the host, such as a configuration; symbolic links are followed.
///
/// # Errors
/// As [`Held::read`].
pub fn read_small(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    Held::find(path)?.read(most)
}

/// What a file of this type is called in messages.
fn name(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::{ffi::OsStrExt, fs::symlink, net::UnixListener},
    };

    use nix::{sys::stat::Mode, unistd::mkfifo};

    use super::*;

    #[test]
    fn only_a_regular_file_is_read() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        fs::write(at("file"), "content").unwrap();
        fs::create_dir(at("directory")).unwrap();
        mkfifo(&at("pipe"), Mode::S_IRWXU).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        symlink("pipe", at("link")).unwrap();
        for (name, what) in [
            ("directory", "directory"),
            ("pipe", "pipe"),
            ("link", "pipe"),
            ("socket", "socket"),
            ("zero", "device"),
        ] {
            let error = read_small(&at(name), 100).unwrap_err();
            assert!(
                error.kind() == ErrorKind::InvalidInput && error.to_string().contains(what),
                "{name}: {error}"
            );
        }
        assert_eq!(read_small(&at("file"), 7).unwrap(), b"content");
        assert_eq!(read_small(&at("file"), 6).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_held_file_stays_what_it_was() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = Held::find(scratch.path()).unwrap().directory().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, "before").unwrap();
        let held = Held::entry(&directory, c"file").unwrap();
        fs::remove_file(&file).unwrap();
        symlink("/etc/shadow", &file).unwrap();
        assert_eq!(held.read(100).unwrap(), b"before");
        let link = Held::entry(&directory, c"file").unwrap();
        assert!(link.metadata().unwrap().is_symlink() && link.read(100).is_err());
        assert_eq!(link.target().unwrap().as_bytes(), b"/etc/shadow");
    }
}
