use std::{
    fs::File,
    io::{self, Read},
    os::fd::OwnedFd,
};

use cofferdam_protocol::{copy::Reason, wire::limits::CHUNK};
use nix::sys::stat::{FileStat, fstat};

use crate::errno::{from_io, system};

/// The content of a file that is being sent.
#[derive(Debug)]
pub struct Content {
    file: File,
    /// The file before its content was read.
    before: FileStat,
    left: usize,
}

impl Content {
    /// Starts to read a file of this size.
    pub fn new(file: OwnedFd, before: FileStat, size: usize) -> Self {
        Self { file: file.into(), before, left: size }
    }

    /// Reads the next bytes; `None` when a signal has interrupted the call.
    ///
    /// # Errors
    /// [`Reason::Changed`] when the file is shorter than it was, and the system's error.
    pub fn read<'a>(&mut self, scratch: &'a mut Vec<u8>) -> Result<Option<&'a [u8]>, Reason> {
        scratch.resize(CHUNK, 0);
        let room = scratch.get_mut(..self.left.min(CHUNK)).unwrap_or_default();
        let count = match self.file.read(room) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(error) => return Err(from_io(&error)),
        };
        if count == 0 {
            return Err(Reason::Changed);
        }
        self.left -= count;
        Ok(Some(room.get(..count).unwrap_or_default()))
    }

    /// Whether all of it was read.
    ///
    /// # Errors
    /// [`Reason::Changed`] when it was, but the file has changed in the meantime.
    pub fn is_complete(&self) -> Result<bool, Reason> {
        if self.left > 0 {
            return Ok(false);
        }
        let after = fstat(&self.file).map_err(system)?;
        let state = |stat: &FileStat| (stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
        if state(&self.before) == state(&after) { Ok(true) } else { Err(Reason::Changed) }
    }
}
