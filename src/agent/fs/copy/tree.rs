use std::{
    ffi::{CStr, CString},
    fs::File,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

use cofferdam_fstree::Cursor;
use cofferdam_protocol::{
    file::Failure,
    fs::{call::Copy, directory::MAX_NAMES},
};
use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, readlinkat},
    sys::stat::{FileStat, Mode, fchmod, fstat, fstatat, mkdirat},
    unistd::{UnlinkatFlags, symlinkat, unlinkat},
};
use tokio::task::yield_now;

use super::{
    super::{
        failure::{failure, file_type, require_regular},
        open::{in_workspace, open, refuse_own},
        place::{Place, open_or_create, open_parent},
    },
    content::{copy_to, set_times},
};

use crate::disk::DiskLimit;

/// Copies a file, a link or a tree. Other operations go on meanwhile.
pub async fn tree(disk: &DiskLimit, request: &Copy) -> Result<(), Failure> {
    let (from, name) = open_parent(&request.from)?;
    let found = look(&from, &name, request)?;
    let path = in_workspace(&request.to);
    let above = path.parent().unwrap_or(Path::new("/"));
    let parent = open_or_create(above, Mode::from_bits_truncate(0o755), |_| ()).map_err(failure)?;
    let target = path.file_name().map_or_else(|| Ok(c".".to_owned()), |name| CString::new(name.as_bytes()));
    let target = target.map_err(|_| failure(Errno::EINVAL))?;
    if file_type(&found) != libc::S_IFDIR {
        return entry(disk, request, (&from, &name), &found, (&parent, &target)).await;
    }
    if !request.recursive {
        return Err(failure(Errno::EISDIR));
    }
    let source = open_source(&from, &name, request)?;
    refuse_inside(&source, &parent)?;
    let (to, is_new) = make_directory(&parent, &target)?;
    refuse_inside(&source, &to)?;
    let mut walk = Walk { from: Cursor::new(source), to: Cursor::new(to), levels: Vec::new(), names: 0 };
    walk.enter(found, is_new)?;
    while walk.step(disk, request).await? {
        yield_now().await;
    }
    Ok(())
}

/// A copy of a directory in progress.
struct Walk {
    from: Cursor,
    to: Cursor,
    levels: Vec<Level>,
    /// How many names the levels hold.
    names: u64,
}

/// A directory that is being copied.
struct Level {
    /// The entries that are left.
    names: Vec<CString>,
    stat: FileStat,
    /// Whether the copy was made just now.
    is_new: bool,
}

impl Walk {
    /// Begins with the directory that the cursors are at.
    fn enter(&mut self, stat: FileStat, is_new: bool) -> Result<(), Failure> {
        // A link that was followed may lead back up.
        if self
            .levels
            .iter()
            .any(|above| (above.stat.st_dev, above.stat.st_ino) == (stat.st_dev, stat.st_ino))
        {
            return Err(failure(Errno::ELOOP));
        }
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let mut listing = Dir::openat(self.from.here(), ".", flags, Mode::empty()).map_err(failure)?;
        let mut names = Vec::new();
        for found in listing.iter() {
            let name = found.map_err(failure)?.file_name().to_owned();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            self.names += 1;
            if self.names > MAX_NAMES {
                return Err(Failure::TooMany);
            }
            names.push(name);
        }
        self.levels.push(Level { names, stat, is_new });
        Ok(())
    }

    /// Copies one entry; `false` when nothing is left.
    async fn step(&mut self, disk: &DiskLimit, request: &Copy) -> Result<bool, Failure> {
        let Some(level) = self.levels.last_mut() else { return Ok(false) };
        let Some(name) = level.names.pop() else {
            self.leave(request)?;
            return Ok(!self.levels.is_empty());
        };
        self.names -= 1;
        let (from, to) = (self.from.here(), self.to.here());
        let found = match look(from, &name, request) {
            Ok(found) => found,
            // Deleted in the meantime.
            Err(gone) if gone == failure(Errno::ENOENT) => return Ok(true),
            Err(failure) => return Err(failure),
        };
        if file_type(&found) == libc::S_IFDIR {
            let source = open_source(from, &name, request)?;
            let (target, is_new) = make_directory(to, &name)?;
            self.from.enter(source).map_err(failure)?;
            self.to.enter(target).map_err(failure)?;
            self.enter(found, is_new)?;
        } else {
            entry(disk, request, (from, &name), &found, (to, &name)).await?;
        }
        Ok(true)
    }

    /// Completes the directory that the cursors are at.
    fn leave(&mut self, request: &Copy) -> Result<(), Failure> {
        let Some(Level { stat, is_new, .. }) = self.levels.pop() else { return Ok(()) };
        if is_new {
            fchmod(self.to.here(), Mode::from_bits_truncate(stat.st_mode & 0o777)).map_err(failure)?;
        }
        if request.preserve_times {
            set_times(self.to.here(), &stat).map_err(failure)?;
        }
        if !self.levels.is_empty() {
            self.from.leave().map_err(failure)?;
            self.to.leave().map_err(failure)?;
        }
        Ok(())
    }
}

/// Copies what is no directory.
async fn entry(
    disk: &DiskLimit,
    request: &Copy,
    (from, name): (&OwnedFd, &CStr),
    found: &FileStat,
    (to, target): (&OwnedFd, &CStr),
) -> Result<(), Failure> {
    let existing = match fstatat(to, target, AtFlags::AT_SYMLINK_NOFOLLOW) {
        Ok(existing) if file_type(&existing) == libc::S_IFDIR => return Err(failure(Errno::EISDIR)),
        Ok(_) if !request.force && request.error_on_exist => return Err(failure(Errno::EEXIST)),
        Ok(_) if !request.force => return Ok(()),
        Ok(existing) => Some(existing),
        Err(Errno::ENOENT) => None,
        Err(errno) => return Err(failure(errno)),
    };
    if file_type(found) == libc::S_IFLNK {
        let points_to = readlinkat(from, name).map_err(failure)?;
        if existing.is_some() {
            unlinkat(to, target, UnlinkatFlags::NoRemoveDir).map_err(failure)?;
        }
        return symlinkat(points_to.as_os_str(), to, target).map_err(failure);
    }
    require_regular(found)?;
    let mut flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    if !request.dereference {
        flags |= OFlag::O_NOFOLLOW;
    }
    let file = open(from, Path::new(std::ffi::OsStr::from_bytes(name.to_bytes())), flags).map_err(failure)?;
    let stat = fstat(&file).map_err(failure)?;
    require_regular(&stat)?;
    refuse_own(&file)?;
    // A link is replaced, not followed.
    let existing = existing.filter(|existing| file_type(existing) != libc::S_IFLNK);
    existing.as_ref().map_or(Ok(()), require_regular)?;
    let directory =
        to.as_fd().try_clone_to_owned().map_err(|error| super::super::failure::from_io(&error))?;
    let place = Place { directory, name: target.to_owned(), existing };
    copy_to(disk, File::from(file), &stat, place, request.preserve_times).await
}

fn look(from: &OwnedFd, name: &CStr, request: &Copy) -> Result<FileStat, Failure> {
    if request.dereference {
        let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
        return fstat(open(from, path, OFlag::O_PATH).map_err(failure)?).map_err(failure);
    }
    fstatat(from, name, AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failure)
}

fn open_source(from: &OwnedFd, name: &CStr, request: &Copy) -> Result<OwnedFd, Failure> {
    let mut flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
    if !request.dereference {
        flags |= OFlag::O_NOFOLLOW;
    }
    let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
    let directory = open(from, path, flags).map_err(failure)?;
    refuse_own(&directory)?;
    Ok(directory)
}

/// Opens a directory; creates it if it is missing.
fn make_directory(at: &OwnedFd, name: &CStr) -> Result<(OwnedFd, bool), Failure> {
    let is_new = match mkdirat(at, name, Mode::S_IRWXU) {
        Ok(()) => true,
        Err(Errno::EEXIST) => false,
        Err(errno) => return Err(failure(errno)),
    };
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    openat(at, name, flags, Mode::empty()).map(|opened| (opened, is_new)).map_err(failure)
}

/// Refuses to copy a directory into itself: the copy would never end.
fn refuse_inside(source: &OwnedFd, target: &OwnedFd) -> Result<(), Failure> {
    let identity = |file: &OwnedFd| fstat(file).map(|stat| (stat.st_dev, stat.st_ino)).map_err(failure);
    let source = identity(source)?;
    let mut above = target.try_clone().map_err(|error| super::super::failure::from_io(&error))?;
    loop {
        let here = identity(&above)?;
        if here == source {
            return Err(failure(Errno::EINVAL));
        }
        let Ok(parent) = open(&above, Path::new(".."), OFlag::O_PATH | OFlag::O_DIRECTORY) else {
            return Ok(());
        };
        if identity(&parent)? == here {
            return Ok(());
        }
        above = parent;
    }
}
