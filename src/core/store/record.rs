//! Records of sessions: what each was created with. A session outlives its container and the process that made it.

use std::{
    fs::{self, DirEntry},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    failure::failed,
    lease::remove_file,
    listing::ids,
    names::{OWN, SESSIONS},
    new_file::write_new,
};
use crate::{
    config::{id::SandboxId, options::Options},
    error::{Code, Error, Result},
};

/// How large a record may be as JSON, in bytes.
const MAX_RECORD: usize = 1024 * 1024;

/// The suffix of a record's file name.
const SUFFIX: &str = ".json";

/// A session as it was created.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The options of its sandbox.
    pub options: Options,
    /// The caller's metadata: JSON, stored and returned unchanged.
    pub metadata: String,
    /// When it was created, in milliseconds since 1970.
    pub created: u64,
}

/// The records of a data directory: one file for each session.
#[derive(Debug, Clone)]
pub struct Records {
    directory: PathBuf,
}

impl Records {
    /// The record of a session; `None` if there is no such session.
    ///
    /// # Errors
    /// `FILE_ERROR` when it cannot be read or parsed.
    pub fn find(&self, id: &SandboxId) -> Result<Option<Record>> {
        let path = self.path(id);
        let read = || -> io::Result<Record> { Ok(serde_json::from_slice(&fs::read(&path)?)?) };
        match read() {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read the session", &path, &error)),
        }
    }

    /// The record of a session.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such session; `FILE_ERROR`.
    pub fn get(&self, id: &SandboxId) -> Result<Record> {
        self.find(id)?.ok_or_else(|| {
            Error::new(Code::NotFound, format!("there is no session {id}")).detail("id", id.as_str())
        })
    }

    /// Stores the record of a new session.
    ///
    /// # Errors
    /// `ALREADY_EXISTS`; `INVALID_ARGUMENT` when it is too large; `FILE_ERROR`.
    pub fn add(&self, id: &SandboxId, record: &Record) -> Result<()> {
        let json =
            serde_json::to_vec(record).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        if json.len() > MAX_RECORD {
            let message = format!(
                "metadata: together with the options it is {} bytes of JSON; the limit is {MAX_RECORD}",
                json.len()
            );
            return Err(Error::invalid("metadata", message));
        }
        let path = self.path(id);
        write_new(&path, &json).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::new(Code::AlreadyExists, format!("the session {id} already exists"))
                    .detail("id", id.as_str())
            }
            _ => failed("write the session", &path, &error),
        })
    }

    /// Removes the record of a session; one that does not exist is fine.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn remove(&self, id: &SandboxId) -> Result<()> {
        remove_file(&self.path(id), "remove the session")
    }

    /// All sessions.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn ids(&self) -> Result<Vec<SandboxId>> {
        ids(&self.directory, SUFFIX)
    }

    /// Removes temporary files that processes left when they died while writing a record, once they are this old.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn remove_drafts(&self, age: Duration) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.directory)
            .map_err(|error| failed("list the sessions in", &self.directory, &error))?;
        let mut removed = Vec::new();
        for entry in entries.flatten().filter(|entry| is_draft(entry, age)) {
            remove_file(&entry.path(), "remove what is left of")?;
            removed.push(entry.file_name().to_string_lossy().into_owned());
        }
        Ok(removed)
    }

    fn path(&self, id: &SandboxId) -> PathBuf {
        self.directory.join(format!("{id}{SUFFIX}"))
    }
}

fn is_draft(entry: &DirEntry, age: Duration) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
    !entry.file_name().to_string_lossy().ends_with(SUFFIX)
        && modified.and_then(|time| time.elapsed().ok()).is_some_and(|elapsed| elapsed >= age)
}

/// The records of the data directory at this path, which need not exist yet.
#[must_use]
pub fn records_in(data_directory: &Path) -> Records {
    Records { directory: data_directory.join(OWN).join(SESSIONS) }
}
