use std::{
    io::{self, ErrorKind},
    os::fd::{AsFd, OwnedFd},
    path::{Component, Path, PathBuf},
};

use nix::errno::Errno;

use super::ignore::Ignored;
use crate::{
    error::{Code, Error, Result},
    hostfs::Held,
};

/// The longest `.dockerignore` that is read, in bytes.
const MAX_IGNORE: u64 = 1024 * 1024;

/// The context of a build: a directory, opened once, and what of it is left out.
pub struct Context {
    /// Its path, for messages.
    path: PathBuf,
    /// The directory.
    pub top: OwnedFd,
    /// What is left out.
    pub ignored: Ignored,
}

impl Context {
    /// Opens a directory with the Dockerfile of this path in it. Nothing is read through a symbolic link in the directory,
    /// nor anything but a regular file.
    ///
    /// # Errors
    /// `FILE_ERROR` if the directory, its Dockerfile or its `.dockerignore` can't be read; `INVALID_ARGUMENT` for an invalid
    /// pattern, and for a path that leads out of the directory.
    pub fn open(path: PathBuf, dockerfile: &Path) -> Result<Self> {
        let top = Held::trusted(&path)
            .and_then(|found| found.directory())
            .map_err(|error| failed(&path, &error))?;
        require_dockerfile(&top, dockerfile).map_err(|error| failed(&path.join(dockerfile), &error))?;
        let patterns = match Held::entry(&top, ".dockerignore").and_then(|found| found.read(MAX_IGNORE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| failed(&path.join(".dockerignore"), &error))?,
        };
        let ignored = Ignored::parse(&patterns, dockerfile)?;
        Ok(Self { path, top, ignored })
    }

    /// The error for an entry that can't be sent.
    pub fn failed(&self, entry: &Path, error: &io::Error) -> Error {
        failed(&self.path.join(entry), error)
    }
}

/// The path of a Dockerfile in its context, as the archive names it.
///
/// # Errors
/// `INVALID_ARGUMENT` if it leads out of the context.
pub fn dockerfile(path: &str) -> Result<PathBuf> {
    let inside = Path::new(path).components().filter(|component| *component != Component::CurDir);
    let inside: PathBuf = inside.collect();
    let names = inside.components().all(|component| matches!(component, Component::Normal(_)));
    if names && inside.file_name().is_some() {
        return Ok(inside);
    }
    Err(Error::invalid(
        "dockerfile",
        format!("dockerfile must be the path of a file in the context, not {path:?}"),
    ))
}

/// A link is sent as it is, and the engine follows it in the context only.
fn require_dockerfile(top: impl AsFd, path: &Path) -> io::Result<()> {
    let mut directory = top.as_fd().try_clone_to_owned()?;
    let mut names = path.components().peekable();
    while let Some(name) = names.next() {
        let found = Held::entry(&directory, name.as_os_str())?;
        if names.peek().is_some() {
            directory = found.directory()?;
        } else if !found.metadata()?.is_symlink() {
            found.open()?;
        }
    }
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> Error {
    let errno = match error.kind() {
        ErrorKind::InvalidInput => Some(Errno::EINVAL),
        ErrorKind::FileTooLarge => Some(Errno::EFBIG),
        _ => error.raw_os_error().map(Errno::from_raw),
    };
    Error::new(Code::FileError, format!("could not read {}: {error}", path.display()))
        .detail("path", path.display().to_string())
        .detail("errno", errno.map(|errno| format!("{errno:?}")))
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::{fs::symlink, net::UnixListener},
    };

    use nix::{sys::stat::Mode, unistd::mkfifo};

    use super::*;

    /// Makes each kind of file but a regular one.
    fn make(kind: &str, path: &Path) {
        match kind {
            "a directory" => fs::create_dir(path).unwrap(),
            "a named pipe" => mkfifo(path, Mode::S_IRWXU).unwrap(),
            "a socket" => drop(UnixListener::bind(path).unwrap()),
            "a symbolic link" => symlink("/etc/shadow", path).unwrap(),
            // Those of a sandbox's code can't be devices, but others may be.
            "a device" => nix::sys::stat::mknod(
                path,
                nix::sys::stat::SFlag::S_IFCHR,
                Mode::S_IRWXU,
                nix::sys::stat::makedev(1, 5),
            )
            .unwrap(),
            _ => unreachable!(),
        }
    }

    #[test]
    fn only_regular_files_are_read() {
        let mut kinds = vec!["a directory", "a named pipe", "a socket", "a symbolic link"];
        // Only root makes devices.
        if nix::unistd::geteuid().is_root() {
            kinds.push("a device");
        }
        for kind in kinds {
            for name in [".dockerignore", "Dockerfile"] {
                let scratch = tempfile::tempdir().unwrap();
                fs::write(scratch.path().join("Dockerfile"), "FROM scratch").unwrap();
                let _ = fs::remove_file(scratch.path().join(name));
                make(kind, &scratch.path().join(name));
                let opened = Context::open(scratch.path().to_owned(), Path::new("Dockerfile"));
                if (kind, name) == ("a symbolic link", "Dockerfile") {
                    assert!(opened.is_ok());
                    continue;
                }
                let error = opened.err().unwrap();
                assert_eq!(error.code(), Code::FileError, "{name}: {kind}");
                assert!(error.message().contains(kind), "{name}: {}", error.message());
            }
        }
    }

    #[test]
    fn a_dockerignore_has_a_largest_size() {
        let scratch = tempfile::tempdir().unwrap();
        fs::write(scratch.path().join("Dockerfile"), "FROM scratch").unwrap();
        let file = fs::File::create(scratch.path().join(".dockerignore")).unwrap();
        file.set_len(1 << 40).unwrap();
        let error = Context::open(scratch.path().to_owned(), Path::new("Dockerfile")).err().unwrap();
        assert!(error.message().contains("larger than 1048576 bytes"), "{}", error.message());
    }

    #[test]
    fn a_dockerfile_is_in_its_context() {
        assert_eq!(dockerfile("./a//b").unwrap(), Path::new("a/b"));
        for path in ["", ".", "..", "/Dockerfile", "../Dockerfile", "a/../../b", "a/.."] {
            assert_eq!(dockerfile(path).unwrap_err().code(), Code::InvalidArgument, "{path}");
        }
        let scratch = tempfile::tempdir().unwrap();
        symlink("/etc", scratch.path().join("etc")).unwrap();
        let opened = Context::open(scratch.path().to_owned(), Path::new("etc/passwd"));
        assert_eq!(opened.err().unwrap().code(), Code::FileError);
    }
}
