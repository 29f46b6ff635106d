use std::{io, os::fd::OwnedFd, path::Path};

use cofferdam_protocol::{
    RawPath,
    file::Failure,
    fs::directory::{Event, MAX_NAME_BYTES, MAX_NAMES, Name, Names},
    wire::message,
};
use futures_util::io::AsyncWrite;
use nix::{
    dir::{Dir, Entry, OwningIter, Type},
    errno::Errno,
    fcntl::{AtFlags, OFlag},
    sys::stat::{Mode, fstatat},
};
use tokio::task::yield_now;

use super::{
    failure::{failure, file_type},
    open::{open, open_directory},
};

/// The most names, and about the most bytes, in one message. Yields to other operations after each message.
const PART: usize = 1024;
const PART_BYTES: usize = 256 * 1024;

/// The kind of a directory in [`Name`].
const DIRECTORY: u8 = 4;

/// Lists the names in a directory.
pub async fn run<W: AsyncWrite + Unpin>(request: &Names, output: &mut W) -> io::Result<()> {
    let mut listing = match Listing::new(request) {
        Ok(listing) => listing,
        Err(failure) => return message::send(output, &Event::Failed(failure)).await,
    };
    loop {
        match listing.part() {
            Ok((names, last)) => message::send(output, &Event::Names { names, last }).await?,
            Err(failure) => return message::send(output, &Event::Failed(failure)).await,
        }
        if listing.current.is_none() {
            return Ok(());
        }
        yield_now().await;
    }
}

/// A listing in progress.
struct Listing {
    top: OwnedFd,
    recursive: bool,
    /// The directory that is being read, and its path.
    current: Option<(OwningIter, OwnedFd, Vec<u8>)>,
    /// The paths of directories that were not read yet.
    pending: Vec<Vec<u8>>,
    names: u64,
    bytes: u64,
}

impl Listing {
    fn new(request: &Names) -> Result<Self, Failure> {
        let top = open_directory(&request.path)?;
        let current =
            Some(read(top.try_clone().map_err(|error| super::failure::from_io(&error))?, Vec::new())?);
        Ok(Self { top, recursive: request.recursive, current, pending: Vec::new(), names: 0, bytes: 0 })
    }

    /// The next names, and whether they are the last.
    fn part(&mut self) -> Result<(Vec<Name>, bool), Failure> {
        let (mut names, mut size) = (Vec::new(), 0);
        while names.len() < PART && size < PART_BYTES {
            let Some((entries, directory, above)) = &mut self.current else { break };
            let Some(entry) = entries.next() else {
                self.current = self.descend()?;
                continue;
            };
            let Some(name) = describe(&entry.map_err(failure)?, directory, above)? else { continue };
            let length = name.path.as_bytes().len();
            size += length;
            self.names += 1;
            self.bytes += length as u64;
            if self.names > MAX_NAMES || self.bytes > MAX_NAME_BYTES {
                return Err(Failure::TooMany);
            }
            if self.recursive && name.kind == DIRECTORY {
                self.pending.push(name.path.as_bytes().to_vec());
            }
            names.push(name);
        }
        Ok((names, self.current.is_none()))
    }

    /// Opens the next directory.
    fn descend(&mut self) -> Result<Option<(OwningIter, OwnedFd, Vec<u8>)>, Failure> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        while let Some(path) = self.pending.pop() {
            match open(&self.top, RawPath::from(path.clone()).as_ref(), flags) {
                Ok(directory) => return read(directory, path).map(Some),
                // It was deleted or replaced meanwhile.
                Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => {}
                Err(errno) => return Err(failure(errno)),
            }
        }
        Ok(None)
    }
}

fn read(directory: OwnedFd, path: Vec<u8>) -> Result<(OwningIter, OwnedFd, Vec<u8>), Failure> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let entries = Dir::openat(&directory, Path::new("."), flags, Mode::empty()).map_err(failure)?;
    Ok((entries.into_iter(), directory, path))
}

/// An entry with its path; `None` for `.` and `..`, and for one that was deleted meanwhile.
fn describe(entry: &Entry, directory: &OwnedFd, above: &[u8]) -> Result<Option<Name>, Failure> {
    let name = entry.file_name();
    if matches!(name.to_bytes(), b"." | b"..") {
        return Ok(None);
    }
    let kind = match entry.file_type() {
        Some(kind) => code(kind),
        None => match fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(found) => u8::try_from(file_type(&found) >> 12).unwrap_or_default(),
            Err(Errno::ENOENT) => return Ok(None),
            Err(errno) => return Err(failure(errno)),
        },
    };
    let path =
        if above.is_empty() { name.to_bytes().to_vec() } else { [above, b"/", name.to_bytes()].concat() };
    Ok(Some(Name { path: path.into(), kind }))
}

fn code(kind: Type) -> u8 {
    match kind {
        Type::Fifo => 1,
        Type::CharacterDevice => 2,
        Type::Directory => DIRECTORY,
        Type::BlockDevice => 6,
        Type::File => 8,
        Type::Symlink => 10,
        Type::Socket => 12,
    }
}
