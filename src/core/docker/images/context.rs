use std::{
    io::{self, ErrorKind},
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Component, Path, PathBuf},
};

use nix::errno::Errno;

use super::ignore::Ignored;
use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
    hostfs::Held,
};

/// The longest `.dockerignore` that is read, in bytes, and the longest Dockerfile from elsewhere.
const MAX_IGNORE: u64 = 1024 * 1024;
const MAX_DOCKERFILE: u64 = 16 * 1024 * 1024;

/// The context of a build: a directory, opened once, and what of it is left out.
pub struct Context {
    /// Its path, for messages.
    path: PathBuf,
    /// The directory.
    pub top: OwnedFd,
    /// What is left out.
    pub ignored: Ignored,
    /// What is sent although it is not in the directory.
    pub added: Vec<Added>,
}

/// A file that is sent in addition to those of a directory, or in place of one.
pub struct Added {
    /// Its path in the context.
    pub path: PathBuf,
    /// Its content.
    pub content: Vec<u8>,
}

/// Where a Dockerfile is.
pub enum Recipe {
    /// In the context, at this path in it.
    Inside(PathBuf),
    /// Elsewhere on this machine, at this absolute path.
    Elsewhere(PathBuf),
}

impl Context {
    /// Opens a directory; gives it and the path of the Dockerfile in it. Nothing is read through a symbolic link in the directory,
    /// nor anything but a regular file. A Dockerfile from elsewhere is sent under a random name, and the engine removes it from what
    /// `COPY` sees.
    ///
    /// # Errors
    /// `FILE_ERROR` if the directory, its Dockerfile or its `.dockerignore` can't be read; `INVALID_ARGUMENT` for an invalid
    /// pattern.
    pub fn open(path: PathBuf, recipe: &Recipe) -> Result<(Self, PathBuf)> {
        let top = Held::trusted(&path)
            .and_then(|found| found.directory())
            .map_err(|error| failed(&path, &error))?;
        let patterns = match Held::entry(&top, ".dockerignore").and_then(|found| found.read(MAX_IGNORE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => Some(read.map_err(|error| failed(&path.join(".dockerignore"), &error))?),
        };
        match recipe {
            Recipe::Inside(dockerfile) => {
                require_dockerfile(&top, dockerfile)
                    .map_err(|error| failed(&path.join(dockerfile), &error))?;
                let ignored = Ignored::parse(&patterns.unwrap_or_default(), Some(dockerfile))?;
                Ok((Self { path, top, ignored, added: Vec::new() }, dockerfile.clone()))
            }
            Recipe::Elsewhere(dockerfile) => {
                let read = Held::trusted(dockerfile).and_then(|found| found.read(MAX_DOCKERFILE));
                let content = read.map_err(|error| failed(dockerfile, &error))?;
                let name = random_hex::<10>().map_err(|error| failed(dockerfile, &error))?;
                let name = PathBuf::from(format!(".dockerfile.{name}"));
                let ignored = Ignored::parse(patterns.as_deref().unwrap_or_default(), None)?;
                // As Docker's client does, so that neither file shows in the image that is built.
                let patterns = patterns.unwrap_or_else(|| b".dockerignore".to_vec());
                let patterns = [&patterns, b"\n".as_slice(), name.as_os_str().as_bytes(), b"\n"].concat();
                let ignore = Added { path: ".dockerignore".into(), content: patterns };
                let added = vec![ignore, Added { path: name.clone(), content }];
                Ok((Self { path, top, ignored, added }, name))
            }
        }
    }

    /// The error for an entry that can't be sent.
    pub fn failed(&self, entry: &Path, error: &io::Error) -> Error {
        failed(&self.path.join(entry), error)
    }
}

/// Where the Dockerfile of a context is: a relative path is one in the context.
///
/// # Errors
/// `INVALID_ARGUMENT` if it leads out of the context.
pub fn recipe(context: &Path, path: &str) -> Result<Recipe> {
    let given = Path::new(path);
    let relative = match given.strip_prefix(context) {
        Ok(inside) if given.is_absolute() => inside,
        _ if given.is_absolute() => return Ok(Recipe::Elsewhere(given.to_owned())),
        _ => given,
    };
    let inside: PathBuf = relative.components().filter(|component| *component != Component::CurDir).collect();
    let names = inside.components().all(|component| matches!(component, Component::Normal(_)));
    if names && inside.file_name().is_some() {
        return Ok(Recipe::Inside(inside));
    }
    let expected = "the path of a file in the context, or an absolute path";
    Err(Error::invalid("dockerfile", format!("dockerfile must be {expected}, not {path:?}")))
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
                let opened = open(scratch.path(), "Dockerfile");
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
        let error = open(scratch.path(), "Dockerfile").err().unwrap();
        assert!(error.message().contains("larger than 1048576 bytes"), "{}", error.message());
    }

    #[test]
    fn a_relative_dockerfile_is_in_its_context() {
        let inside = |path| match recipe(Path::new("/c"), path).unwrap() {
            Recipe::Inside(path) => path,
            Recipe::Elsewhere(path) => panic!("{}", path.display()),
        };
        assert_eq!(inside("./a//b"), Path::new("a/b"));
        assert_eq!(inside("/c/a/b"), Path::new("a/b"));
        assert!(matches!(recipe(Path::new("/c"), "/d").unwrap(), Recipe::Elsewhere(_)));
        for path in ["", ".", "..", "../Dockerfile", "a/../../b", "a/..", "/c", "/c/../d"] {
            assert_eq!(recipe(Path::new("/c"), path).err().unwrap().code(), Code::InvalidArgument, "{path}");
        }
        let scratch = tempfile::tempdir().unwrap();
        symlink("/etc", scratch.path().join("etc")).unwrap();
        assert_eq!(open(scratch.path(), "etc/passwd").err().unwrap().code(), Code::FileError);
    }

    fn open(context: &Path, dockerfile: &str) -> Result<Context> {
        Context::open(context.to_owned(), &recipe(context, dockerfile)?).map(|(context, _)| context)
    }
}
