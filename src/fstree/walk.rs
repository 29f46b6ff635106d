use std::{
    ffi::CString,
    fs::File,
    io::{self, Read},
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
};

use cofferdam_protocol::{
    copy::{Attributes, Failure, Limits, Piece, Reason},
    file::Kind,
    wire::{limits::CHUNK, message},
};
use nix::{
    dir::{Dir, Entry, OwningIter, Type},
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, readlinkat},
    libc::dev_t,
    sys::{
        stat::{FileStat, Mode, fstat, fstatat},
        statfs::{PROC_SUPER_MAGIC, fstatfs},
    },
};

use crate::{
    budget::Budget,
    cursor::{Cursor, open_directory},
    draft::is_draft,
    errno::{from_io, system},
    name::link_target,
    top::kind,
    trail::Trail,
    transfer::Source,
};

/// So many things are done in one go.
const STEPS: usize = 256;

/// A tree of a file system that is read, a little at a time. What of a directory is no directory comes first; what goes before
/// its turn is left out, and so is what is not whole.
#[derive(Debug)]
pub struct Walk {
    budget: Budget,
    /// What was not begun with.
    top: Option<OwnedFd>,
    descent: Option<Descent>,
    file: Option<Reading>,
    trail: Trail,
    /// The entry that it is about; empty for the directory that it is in.
    name: CString,
    scratch: Vec<u8>,
}

/// Where it is.
#[derive(Debug)]
struct Descent {
    cursor: Cursor,
    /// The directories that were entered and not left.
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    /// The file system.
    device: dev_t,
    /// What was not looked at.
    listing: Option<OwningIter>,
    /// The names of the directories that were not entered, each with its ending NUL.
    waiting: Vec<u8>,
}

#[derive(Debug)]
struct Reading {
    file: File,
    before: FileStat,
    left: usize,
}

impl Walk {
    /// The tree whose top this is: a directory or a regular file, open for reading.
    #[must_use]
    pub fn new(top: OwnedFd, limits: Limits) -> Self {
        Self {
            budget: Budget::new(limits),
            top: Some(top),
            descent: None,
            file: None,
            trail: Trail::default(),
            name: CString::default(),
            scratch: Vec::new(),
        }
    }

    /// Does one thing; `false` when that was the last.
    pub(crate) fn step(&mut self, frames: &mut Vec<u8>) -> Result<bool, Reason> {
        if let Some(top) = self.top.take() {
            self.begin(top, frames)?;
        } else if self.file.is_some() {
            self.read(frames)?;
        } else if let Some(Descent { levels, .. }) = &mut self.descent
            && let Some(level) = levels.last_mut()
        {
            self.name = CString::default();
            if let Some(listing) = &mut level.listing {
                match listing.next() {
                    Some(entry) => self.look_at(&entry.map_err(system)?, frames)?,
                    None => level.listing = None,
                }
            } else if let Some(name) = level.next_waiting() {
                self.name = name;
                self.enter(frames)?;
            } else {
                self.leave(frames)?;
            }
        } else {
            append(frames, &Piece::End)?;
            return Ok(false);
        }
        Ok(true)
    }

    fn begin(&mut self, top: OwnedFd, frames: &mut Vec<u8>) -> Result<(), Reason> {
        let stat = fstat(&top).map_err(system)?;
        refuse_proc(&top)?;
        match kind(&stat) {
            None => self.open(top, stat, frames),
            Some(Kind::Directory) => {
                let level = Level::new(&top, &stat)?;
                self.descent = Some(Descent { cursor: Cursor::new(top), levels: vec![level] });
                append(frames, &Piece::Directory { name: b"", attributes: Some(attributes(&stat)) })
            }
            Some(kind) => Err(Reason::Kind(kind)),
        }
    }

    fn look_at(&mut self, entry: &Entry, frames: &mut Vec<u8>) -> Result<(), Reason> {
        let (Some(Descent { cursor, levels }), name) = (&mut self.descent, entry.file_name()) else {
            return Ok(());
        };
        // A tree that holds its own target would have no end.
        if matches!(name.to_bytes(), b"." | b"..") || is_draft(name) {
            return Ok(());
        }
        name.clone_into(&mut self.name);
        let Some(found) = type_of(cursor.here(), entry).map_err(system)? else { return Ok(()) };
        self.budget.entry()?;
        match found {
            Type::Directory => {
                if let Some(level) = levels.last_mut() {
                    level.waiting.extend(name.to_bytes_with_nul());
                }
                Ok(())
            }
            Type::File => {
                let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
                let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
                let file = match openat(cursor.here(), name, flags, Mode::empty()) {
                    Err(Errno::ENOENT) => return Ok(()),
                    Err(Errno::ELOOP | Errno::ENXIO) => return Err(Reason::Changed),
                    outcome => outcome.map_err(system)?,
                };
                let stat = fstat(&file).map_err(system)?;
                if kind(&stat).is_some() {
                    return Err(Reason::Changed);
                }
                self.open(file, stat, frames)
            }
            Type::Symlink => {
                let target = match readlinkat(cursor.here(), name) {
                    Err(Errno::ENOENT) => return Ok(()),
                    Err(Errno::EINVAL) => return Err(Reason::Changed),
                    outcome => outcome.map_err(system)?,
                };
                let target = link_target(target.as_bytes(), levels.len() - 1)?;
                append(frames, &Piece::Link { name: name.to_bytes(), target: target.to_bytes() })
            }
            Type::Fifo => Err(Reason::Kind(Kind::Fifo)),
            Type::Socket => Err(Reason::Kind(Kind::Socket)),
            Type::CharacterDevice | Type::BlockDevice => Err(Reason::Kind(Kind::Device)),
        }
    }

    /// Begins with a file.
    fn open(&mut self, file: OwnedFd, stat: FileStat, frames: &mut Vec<u8>) -> Result<(), Reason> {
        let size = u64::try_from(stat.st_size).map_err(|_| Reason::Changed)?;
        self.budget.bytes(size)?;
        let left = usize::try_from(size).map_err(|_| Reason::TooLarge)?;
        append(frames, &Piece::File { name: self.name.to_bytes(), attributes: attributes(&stat), size })?;
        self.file = (left > 0).then_some(Reading { file: file.into(), before: stat, left });
        Ok(())
    }

    /// Reads some more of it.
    fn read(&mut self, frames: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(reading) = &mut self.file else { return Ok(()) };
        self.scratch.resize(CHUNK, 0);
        let room = self.scratch.get_mut(..reading.left.min(CHUNK)).unwrap_or_default();
        let count = match reading.file.read(room) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(from_io(&error)),
        };
        if count == 0 {
            return Err(Reason::Changed);
        }
        append(frames, &Piece::Data(room.get(..count).unwrap_or_default()))?;
        reading.left -= count;
        if reading.left == 0 {
            let (before, after) = (&reading.before, fstat(&reading.file).map_err(system)?);
            let state = |stat: &FileStat| (stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
            if state(before) != state(&after) {
                return Err(Reason::Changed);
            }
            self.file = None;
        }
        Ok(())
    }

    fn enter(&mut self, frames: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(Descent { cursor, levels }) = &mut self.descent else { return Ok(()) };
        let directory = match open_directory(cursor.here(), self.name.as_c_str()) {
            Err(Errno::ENOENT) => return Ok(()),
            Err(Errno::ENOTDIR) => return Err(Reason::Changed),
            outcome => outcome.map_err(system)?,
        };
        let stat = fstat(&directory).map_err(system)?;
        if levels.last().is_some_and(|level| level.device != stat.st_dev) {
            refuse_proc(&directory)?;
        }
        levels.push(Level::new(&directory, &stat)?);
        cursor.enter(directory).map_err(system)?;
        self.trail.push(self.name.to_bytes());
        let name = std::mem::take(&mut self.name);
        append(frames, &Piece::Directory { name: name.to_bytes(), attributes: Some(attributes(&stat)) })
    }

    fn leave(&mut self, frames: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(Descent { cursor, levels }) = &mut self.descent else { return Ok(()) };
        levels.pop();
        if levels.is_empty() {
            self.descent = None;
        } else {
            cursor.leave().map_err(system)?;
            self.trail.pop();
        }
        append(frames, &Piece::Leave)
    }
}

impl Source for Walk {
    fn fill(&mut self, frames: &mut Vec<u8>) -> Result<bool, Failure> {
        for _ in 0..STEPS {
            match self.step(frames) {
                Ok(true) if frames.len() < CHUNK => {}
                Ok(more) => return Ok(more),
                Err(reason) => {
                    return Err(Failure { entry: self.trail.join(self.name.to_bytes()), reason });
                }
            }
        }
        Ok(true)
    }
}

impl Level {
    fn new(directory: &OwnedFd, stat: &FileStat) -> Result<Self, Reason> {
        let listing = Dir::openat(directory, ".", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty());
        let listing = Some(listing.map_err(system)?.into_iter());
        Ok(Self { device: stat.st_dev, listing, waiting: Vec::new() })
    }

    fn next_waiting(&mut self) -> Option<CString> {
        let names = self.waiting.strip_suffix(b"\0")?;
        let begin = names.iter().rposition(|byte| *byte == 0).map_or(0, |end| end + 1);
        let name = CString::new(names.get(begin..).unwrap_or_default()).ok();
        self.waiting.truncate(begin);
        name
    }
}

/// What an entry is; none when it is gone since.
fn type_of(directory: &OwnedFd, entry: &Entry) -> Result<Option<Type>, Errno> {
    if let Some(known) = entry.file_type() {
        return Ok(Some(known));
    }
    let stat = match fstatat(directory, entry.file_name(), AtFlags::AT_SYMLINK_NOFOLLOW) {
        Err(Errno::ENOENT) => return Ok(None),
        outcome => outcome?,
    };
    Ok(Some(match kind(&stat) {
        None => Type::File,
        Some(Kind::Directory) => Type::Directory,
        Some(Kind::Fifo) => Type::Fifo,
        Some(Kind::Socket) => Type::Socket,
        Some(Kind::Device) => Type::CharacterDevice,
        Some(Kind::Other) => Type::Symlink,
    }))
}

/// A process may read of itself what it would refuse others, and a size of 0 is no size.
fn refuse_proc(file: &OwnedFd) -> Result<(), Reason> {
    match fstatfs(file) {
        Ok(found) if found.filesystem_type() == PROC_SUPER_MAGIC => Err(system(Errno::EACCES)),
        _ => Ok(()),
    }
}

fn attributes(stat: &FileStat) -> Attributes {
    let modified = stat.st_mtime.checked_mul(1_000_000_000).and_then(|ns| ns.checked_add(stat.st_mtime_nsec));
    Attributes { mode: stat.st_mode & 0o777, modified }
}

/// Adds a message. None of them is too large for a frame.
fn append(frames: &mut Vec<u8>, piece: &Piece) -> Result<(), Reason> {
    message::append(frames, piece).map_err(|error| from_io(&error))
}
