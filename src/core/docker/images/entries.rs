use std::{
    ffi::{CString, OsStr},
    fs::Metadata,
    io::{self, ErrorKind, Read, Write},
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::MetadataExt},
    },
    path::{Path, PathBuf},
};

use cofferdam_fstree::Cursor;
use nix::{dir::Dir, errno::Errno, fcntl::OFlag, sys::stat::Mode};
use tar::{Builder, EntryType, Header};

use super::{
    context::{Added, Context},
    ignore::Verdict,
};
use crate::{error::Error, hostfs::Held};

/// The most entries of a context.
const MAX_ENTRIES: usize = 1_000_000;

/// The longest path in a context, in bytes, with its final NUL: longer ones can't be copied into an image.
const MAX_PATH: usize = 4096;

/// Adds everything in a context to an archive, sorted by name, so that the same directory gives the same archive. Sockets,
/// named pipes and devices are left out. What an entry is, and what is in it, is decided once it is held: its name may stand
/// for something else by then.
///
/// It ends early when nobody wants the archive any more.
///
/// # Errors
/// `FILE_ERROR` for the entry that can't be sent.
pub fn append(
    archive: &mut Builder<impl Write>,
    context: &Context,
    is_wanted: impl Fn() -> bool,
) -> Result<(), Error> {
    let mut path = PathBuf::new();
    walk(archive, context, is_wanted, &mut path).map_err(|error| context.failed(&path, &error))?;
    for Added { path, content } in &context.added {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(content.len() as u64);
        archive
            .append_data(&mut header, path, content.as_slice())
            .map_err(|error| context.failed(path, &error))?;
    }
    Ok(())
}

/// A directory that was entered.
struct Level {
    names: Vec<CString>,
    /// Whether it is left out itself; none for the context.
    verdict: Option<Verdict>,
}

/// `path` is that of the entry at hand.
fn walk(
    archive: &mut Builder<impl Write>,
    context: &Context,
    is_wanted: impl Fn() -> bool,
    path: &mut PathBuf,
) -> io::Result<()> {
    let mut left = MAX_ENTRIES;
    let mut cursor = Cursor::new(context.top.try_clone()?);
    // Of each directory that was entered, the names that are still to come, the next one last.
    let mut levels = vec![Level { names: names(cursor.here(), &mut left)?, verdict: None }];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.names.pop() else {
            levels.pop();
            if !levels.is_empty() {
                cursor.leave()?;
                path.pop();
            }
            continue;
        };
        path.push(OsStr::from_bytes(name.as_bytes()));
        if !is_wanted() {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if path.as_os_str().len() >= MAX_PATH {
            return Err(Errno::ENAMETOOLONG.into());
        }
        match Held::entry(cursor.here(), name.as_c_str()) {
            Ok(entry) => {
                let verdict = context.ignored.decide(path, level.verdict.as_ref());
                let skipped = verdict.is_left_out || context.added.iter().any(|added| added.path == *path);
                if let Some(directory) = add(archive, context, path, &entry, skipped)? {
                    levels.push(Level { names: names(&directory, &mut left)?, verdict: Some(verdict) });
                    cursor.enter(directory)?;
                    continue;
                }
            }
            // Deleted in the meantime.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        path.pop();
    }
    Ok(())
}

/// Adds one entry; gives the directory to enter.
fn add(
    archive: &mut Builder<impl Write>,
    context: &Context,
    path: &Path,
    entry: &Held,
    skipped: bool,
) -> io::Result<Option<OwnedFd>> {
    let metadata = entry.metadata()?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        if !skipped {
            archive.append_data(&mut header(&metadata, EntryType::Directory), path, io::empty())?;
        }
        let enters = !skipped || context.ignored.has_exceptions_below(path);
        return if enters { entry.directory().map(Some) } else { Ok(None) };
    }
    if !skipped && kind.is_symlink() {
        archive.append_link(&mut header(&metadata, EntryType::Symlink), path, entry.target()?)?;
    } else if !skipped && kind.is_file() {
        let file = entry.open()?;
        let mut header = header(&file.metadata()?, EntryType::Regular);
        let size = header.size()?;
        // A file that grows or shrinks meanwhile must not shift the entries after it.
        archive.append_data(&mut header, path, file.chain(io::repeat(0)).take(size))?;
    }
    Ok(None)
}

/// The names in a directory, the first one last.
fn names(directory: &OwnedFd, left: &mut usize) -> io::Result<Vec<CString>> {
    let mut names = Vec::new();
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    for entry in Dir::openat(directory, c".", flags, Mode::empty())?.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        *left = left.checked_sub(1).ok_or_else(|| {
            let message = format!("the context has more than {MAX_ENTRIES} entries");
            io::Error::new(ErrorKind::InvalidInput, message)
        })?;
        names.push(name.to_owned());
    }
    names.sort_by(|one, other| other.cmp(one));
    Ok(names)
}

/// The header of an entry, owned by root as the files of an image are.
fn header(metadata: &Metadata, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata_in_mode(metadata, tar::HeaderMode::Complete);
    header.set_entry_type(kind);
    header.set_uid(0);
    header.set_gid(0);
    // An archive has no times before 1970; the tar crate would make them times far in the future.
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or_default());
    header.set_size(if kind == EntryType::Regular { metadata.len() } else { 0 });
    header
}

#[cfg(test)]
mod tests;
