//! Archives as the source of a copy.

use crate::{
    archive::{self, Archive, Unpacking},
    blocking::blocking,
    cancellation::Cancellation,
    error::{Error, Result},
    link::{
        Operation,
        copy::{Copying, End, Ends, open_archive},
    },
};

use super::options::is_path;

/// An open archive, ready to be unpacked into a workspace.
pub struct Packed {
    unpacking: Unpacking,
    host: End,
}

impl Packed {
    /// Opens an archive.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `FILE_ERROR`.
    pub async fn open(archive: Archive) -> Result<Self> {
        if let Archive::File(path) = &archive
            && !is_path(path)
        {
            let message = "archive must be the path of an archive or its content";
            return Err(Error::invalid("archive", message));
        }
        let host = End::archive(&archive);
        let unpacking = blocking(move || open_archive(&archive)).await?;
        Ok(Self { unpacking, host })
    }

    /// Sends its content into the workspace.
    pub fn send(self, operation: Operation, cancellation: &Cancellation) -> Copying {
        let ends = Ends::new(self.host, ".", archive::LIMITS);
        Copying::send(operation, self.unpacking, ends, cancellation.clone())
    }
}
