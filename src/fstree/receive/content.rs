use std::{fs::File, io::Write};

use cofferdam_protocol::copy::{Attributes, Reason};

use super::attributes::apply;

use crate::errno::from_io;

/// The content of a file that is being received.
#[derive(Debug)]
pub struct Content {
    file: File,
    left: u64,
    attributes: Attributes,
}

impl Content {
    /// Expects this many bytes for a new file.
    pub fn new(file: File, size: u64, attributes: Attributes) -> Self {
        Self { file, left: size, attributes }
    }

    /// Writes the next bytes. After the last one it sets the file's attributes and gives `true`.
    ///
    /// # Errors
    /// [`Reason::Malformed`] when there are too many, and the system's error.
    pub fn write(&mut self, data: &[u8]) -> Result<bool, Reason> {
        self.left = self.left.checked_sub(data.len() as u64).ok_or(Reason::Malformed)?;
        self.file.write_all(data).map_err(|error| from_io(&error))?;
        if self.left > 0 {
            return Ok(false);
        }
        apply(&self.file, self.attributes)?;
        Ok(true)
    }
}
