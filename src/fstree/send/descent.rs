use std::{
    ffi::{CStr, CString},
    os::fd::OwnedFd,
};

use cofferdam_protocol::copy::Reason;
use nix::{
    dir::{Dir, Entry, OwningIter},
    errno::Errno,
    fcntl::OFlag,
    libc::dev_t,
    sys::stat::{FileStat, Mode, fstat},
};

use super::entry::refuse_proc;

use crate::{
    cursor::{Cursor, open_directory},
    errno::system,
};

/// The position of a walk in its tree.
#[derive(Debug)]
pub struct Descent {
    cursor: Cursor,
    /// The directories that were entered and not left.
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    /// The file system.
    device: dev_t,
    /// The entries that are not read yet; `None` once all are.
    listing: Option<OwningIter>,
    /// The names of the directories that are not entered yet, each with its ending NUL.
    waiting: Vec<u8>,
}

/// What to do next in the current directory.
pub enum Next {
    /// Look at this entry.
    Entry(Entry),
    /// Nothing: the last entry was read.
    Listed,
    /// Enter this directory.
    Enter(CString),
    /// Leave: everything is done.
    Leave,
}

impl Descent {
    /// Starts in the top directory.
    pub fn new(top: OwnedFd, stat: &FileStat) -> Result<Self, Reason> {
        let level = Level::new(&top, stat)?;
        Ok(Self { cursor: Cursor::new(top), levels: vec![level] })
    }

    /// The current directory.
    pub fn here(&self) -> &OwnedFd {
        self.cursor.here()
    }

    /// How many directories the current one is below the top.
    pub fn depth(&self) -> usize {
        self.levels.len() - 1
    }

    /// What to do next. Directories wait until all entries were read.
    pub fn next(&mut self) -> Result<Next, Reason> {
        let Some(level) = self.levels.last_mut() else { return Ok(Next::Leave) };
        let Some(listing) = &mut level.listing else {
            return Ok(level.next_waiting().map_or(Next::Leave, Next::Enter));
        };
        if let Some(entry) = listing.next() {
            return entry.map(Next::Entry).map_err(system);
        }
        level.listing = None;
        Ok(Next::Listed)
    }

    /// Has a directory in the current one entered later.
    pub fn postpone(&mut self, name: &CStr) {
        if let Some(level) = self.levels.last_mut() {
            level.waiting.extend(name.to_bytes_with_nul());
        }
    }

    /// Enters a directory. `None` when it was deleted in the meantime.
    pub fn enter(&mut self, name: &CStr) -> Result<Option<FileStat>, Reason> {
        let directory = match open_directory(self.cursor.here(), name) {
            Err(Errno::ENOENT) => return Ok(None),
            Err(Errno::ENOTDIR) => return Err(Reason::Changed),
            outcome => outcome.map_err(system)?,
        };
        let stat = fstat(&directory).map_err(system)?;
        if self.levels.last().is_some_and(|level| level.device != stat.st_dev) {
            refuse_proc(&directory)?;
        }
        self.levels.push(Level::new(&directory, &stat)?);
        self.cursor.enter(directory).map_err(system)?;
        Ok(Some(stat))
    }

    /// Leaves the current directory; `false` when that was the top.
    pub fn leave(&mut self) -> Result<bool, Reason> {
        self.levels.pop();
        if self.levels.is_empty() {
            return Ok(false);
        }
        self.cursor.leave().map_err(system)?;
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
