//! What is written down of a session: what it is to be like, and what its owner says of it.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};

use super::{directory::failed, new_file::write_new, options::Options};
use crate::error::{Code, Error, Result};

/// The most that the JSON of a record may take, in bytes.
const MAX_RECORD: usize = 1024 * 1024;

/// A session as it was asked for. It outlives its container, and the process that made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// What its sandbox is like.
    pub options: Options,
    /// What its owner says of it; JSON, which nobody here reads.
    pub metadata: String,
    /// When it was made, in milliseconds since 1970.
    pub created: u64,
}

impl Record {
    /// The record at this path; `None` when there is none.
    ///
    /// # Errors
    /// `FILE_ERROR` when it can't be read or is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let read = || -> io::Result<Self> { Ok(serde_json::from_slice(&fs::read(path)?)?) };
        match read() {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read the session", path, &error)),
        }
    }

    /// Writes it where no other is.
    ///
    /// # Errors
    /// `ALREADY_EXISTS`, `INVALID_ARGUMENT` when it is too large, `FILE_ERROR`.
    pub fn write_new(&self, path: &Path) -> Result<()> {
        let json = serde_json::to_vec(self).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        if json.len() > MAX_RECORD {
            return Err(Error::invalid("metadata", "metadata and options take more than 1 MiB as JSON"));
        }
        write_new(path, &json).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::new(Code::AlreadyExists, "there is a session of this id"),
            _ => failed("write the session", path, &error),
        })
    }
}
