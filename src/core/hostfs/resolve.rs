use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    os::fd::{AsFd, OwnedFd},
    path::{self, Component, Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag, openat, readlinkat},
    sys::stat::{FileStat, Mode, SFlag, fstat, fstatat},
    unistd::geteuid,
};

use super::Refusal;

/// How many symbolic links a path may lead through, as in the kernel.
const MAX_LINKS: usize = 40;

/// What marks a data directory; see [`crate::store`].
const MARKER: &str = ".cofferdam/namespace";

/// Whose symbolic links are followed. Root's are: nobody else can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Only root's. Sandboxes run as this process's user when that is not root, so its own links may be theirs.
    OfRoot,
    /// Root's and this process's own, for paths where no sandbox can write.
    OfRootOrOwn,
}

/// A path that was followed as far as it exists. What it led to is held open.
#[derive(Debug)]
pub struct Resolved {
    /// The last existing file or directory, opened with `O_PATH`.
    pub file: OwnedFd,
    /// Its path, without symbolic links.
    pub path: PathBuf,
    /// The names that are missing below it.
    pub missing: Vec<OsString>,
}

/// Follows a path, which is made absolute first. Every component is opened without following a link, so nothing can be
/// swapped in between.
///
/// # Errors
/// [`Refusal`].
pub fn resolve(path: &Path, links: Links) -> Result<Resolved, Refusal> {
    let absolute = path::absolute(path).map_err(|_| Errno::ENOENT)?;
    let mut todo: VecDeque<OsString> = names(&absolute).collect();
    let root = open(AT_FDCWD, OsStr::new("/"))?;
    let mut place = Place { root, entered: Vec::new() };
    let mut followed = 0;
    while let Some(name) = todo.pop_front() {
        if name == ".." {
            place.entered.pop();
            continue;
        }
        let found = match open(place.directory(), &name) {
            Ok(found) => found,
            Err(Errno::ENOENT) => return place.missing(name, todo),
            Err(errno) => return Err(errno.into()),
        };
        let stat = fstat(&found)?;
        if kind(&stat) == SFlag::S_IFLNK {
            let link = place.path().join(&name);
            require_trusted(&link, &stat, links)?;
            followed += 1;
            if followed > MAX_LINKS {
                return Err(Errno::ELOOP.into());
            }
            let target = PathBuf::from(readlinkat(&found, "")?);
            if target.is_absolute() {
                place.entered.clear();
            }
            names(&target).rev().for_each(|name| todo.push_front(name));
            continue;
        }
        if kind(&stat) != SFlag::S_IFDIR && !todo.is_empty() {
            return Err(Errno::ENOTDIR.into());
        }
        place.entered.push((name, found));
        if !todo.is_empty() && is_data_directory(place.directory()) {
            return Err(Refusal::DataDirectory(place.path()));
        }
    }
    Ok(place.resolved(Vec::new()))
}

/// Whether this is the data directory of sandboxes.
pub fn is_data_directory(directory: impl AsFd) -> bool {
    fstatat(directory, MARKER, AtFlags::AT_SYMLINK_NOFOLLOW).is_ok()
}

/// How far a path was followed.
struct Place {
    root: OwnedFd,
    entered: Vec<(OsString, OwnedFd)>,
}

impl Place {
    fn directory(&self) -> &OwnedFd {
        self.entered.last().map_or(&self.root, |(_, directory)| directory)
    }

    fn path(&self) -> PathBuf {
        let mut path = PathBuf::from("/");
        path.extend(self.entered.iter().map(|(name, _)| name));
        path
    }

    fn missing(self, name: OsString, todo: VecDeque<OsString>) -> Result<Resolved, Refusal> {
        if todo.iter().any(|name| name == "..") {
            return Err(Errno::ENOENT.into());
        }
        if is_data_directory(self.directory()) {
            return Err(Refusal::DataDirectory(self.path()));
        }
        Ok(self.resolved(std::iter::once(name).chain(todo).collect()))
    }

    fn resolved(mut self, missing: Vec<OsString>) -> Resolved {
        let path = self.path();
        let file = self.entered.pop().map_or(self.root, |(_, file)| file);
        Resolved { file, path, missing }
    }
}

fn require_trusted(link: &Path, stat: &FileStat, links: Links) -> Result<(), Refusal> {
    let is_own = links == Links::OfRootOrOwn && stat.st_uid == geteuid().as_raw();
    if stat.st_uid == 0 || is_own {
        return Ok(());
    }
    Err(Refusal::Link { link: link.to_owned(), owner: stat.st_uid })
}

fn open(directory: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    openat(directory, name, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
}

fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT
}

fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let name = |component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().filter_map(name)
}

#[cfg(test)]
mod tests;
