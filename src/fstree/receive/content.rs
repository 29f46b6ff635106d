use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
};

use cofferdam_protocol::copy::{Attributes, Reason};

use super::attributes::apply;

use crate::errno::from_io;

/// The content of a file that is being received.
#[derive(Debug)]
pub struct Content {
    file: File,
    left: u64,
    size: u64,
    /// Whether the file is shorter than what it has received, because that ended with a hole.
    short: bool,
    attributes: Attributes,
}

impl Content {
    /// Expects this many bytes for a new file.
    pub fn new(file: File, size: u64, attributes: Attributes) -> Self {
        Self { file, left: size, size, short: false, attributes }
    }

    /// Writes the next bytes. After the last one it sets the file's attributes and gives `true`.
    ///
    /// # Errors
    /// [`Reason::Malformed`] when there are too many, and the system's error.
    pub fn write(&mut self, data: &[u8]) -> Result<bool, Reason> {
        self.take(data.len() as u64)?;
        if !data.is_empty() {
            self.file.write_all(data).map_err(|error| from_io(&error))?;
            self.short = false;
        }
        self.complete()
    }

    /// Leaves the next bytes as they are in a new file: zeros without space. Otherwise as [`Content::write`].
    ///
    /// # Errors
    /// As [`Content::write`].
    pub fn skip(&mut self, length: u64) -> Result<bool, Reason> {
        if length == 0 {
            return Err(Reason::Malformed);
        }
        self.take(length)?;
        let distance = i64::try_from(length).map_err(|_| Reason::TooLarge)?;
        self.file.seek(SeekFrom::Current(distance)).map_err(|error| from_io(&error))?;
        self.short = true;
        self.complete()
    }

    fn take(&mut self, length: u64) -> Result<(), Reason> {
        self.left = self.left.checked_sub(length).ok_or(Reason::Malformed)?;
        Ok(())
    }

    fn complete(&mut self) -> Result<bool, Reason> {
        if self.left > 0 {
            return Ok(false);
        }
        if self.short {
            self.file.set_len(self.size).map_err(|error| from_io(&error))?;
        }
        apply(&self.file, self.attributes)?;
        Ok(true)
    }
}
