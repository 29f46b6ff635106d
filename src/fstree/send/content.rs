use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt},
};

use cofferdam_protocol::{copy::Reason, wire::limits::CHUNK};
use nix::{
    errno::Errno,
    libc::off_t,
    sys::stat::{FileStat, fstat},
    unistd::{Whence, lseek},
};

use crate::errno::{from_io, system};

/// The content of a file that is being sent.
#[derive(Debug)]
pub struct Content {
    file: File,
    /// The file before its content was read.
    before: FileStat,
    /// How much of it was read, in bytes.
    position: u64,
    /// Where the next hole begins, as far as is known.
    hole: u64,
    size: u64,
}

/// A part of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Bytes of it.
    Data(&'a [u8]),
    /// A part that takes no space: this many zeros.
    Hole(u64),
}

impl Content {
    /// Starts to read a file of this size, which is not 0.
    pub fn new(file: OwnedFd, before: FileStat, size: u64) -> Self {
        let blocks = u64::try_from(before.st_blocks).unwrap_or_default();
        // Without this, each small file would cost two more calls.
        let hole = if blocks.saturating_mul(512) < size { 0 } else { size };
        Self { file: file.into(), before, position: 0, hole, size }
    }

    /// Reads the next part; `None` when a signal has interrupted the call.
    ///
    /// # Errors
    /// [`Reason::Changed`] when the file is shorter than it was, and the system's error.
    pub fn read<'a>(&mut self, scratch: &'a mut Vec<u8>) -> Result<Option<Part<'a>>, Reason> {
        if self.position == self.hole {
            let data = self.next_data()?;
            if data > self.position {
                let length = data - self.position;
                self.position = data;
                return Ok(Some(Part::Hole(length)));
            }
        }
        scratch.resize(CHUNK, 0);
        let room = usize::try_from(self.hole - self.position).unwrap_or(CHUNK).min(CHUNK);
        let room = scratch.get_mut(..room).unwrap_or_default();
        let count = match self.file.read_at(room, self.position) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(error) => return Err(from_io(&error)),
        };
        if count == 0 {
            return Err(Reason::Changed);
        }
        self.position += count as u64;
        Ok(Some(Part::Data(room.get(..count).unwrap_or_default())))
    }

    /// Whether all of it was read.
    ///
    /// # Errors
    /// [`Reason::Changed`] when it was, but the file has changed in the meantime.
    pub fn is_complete(&self) -> Result<bool, Reason> {
        if self.position < self.size {
            return Ok(false);
        }
        let after = fstat(&self.file).map_err(system)?;
        let state = |stat: &FileStat| (stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
        if state(&self.before) == state(&after) { Ok(true) } else { Err(Reason::Changed) }
    }

    /// Where the next data begins, and sets where the hole after it does.
    fn next_data(&mut self) -> Result<u64, Reason> {
        let data = self.seek(self.position, Whence::SeekData)?;
        self.hole = if data < self.size { self.seek(data, Whence::SeekHole)? } else { self.size };
        Ok(data)
    }

    fn seek(&self, position: u64, whence: Whence) -> Result<u64, Reason> {
        let from = off_t::try_from(position).map_err(|_| Reason::TooLarge)?;
        match lseek(&self.file, from, whence) {
            Ok(found) => Ok(u64::try_from(found).unwrap_or_default().clamp(position, self.size)),
            // The file system knows of no holes: all of it is data.
            Err(Errno::EINVAL | Errno::EOPNOTSUPP) if matches!(whence, Whence::SeekData) => Ok(position),
            // ENXIO: nothing but a hole is left.
            Err(Errno::ENXIO | Errno::EINVAL | Errno::EOPNOTSUPP) => Ok(self.size),
            Err(errno) => Err(system(errno)),
        }
    }
}
