use std::path::Path;

use cofferdam_protocol::copy::{Failure, Limits, Reason};

use super::{super::failure::violated, failure::explain};
use crate::{archive::Archive, error::Error};

/// Both ends of a copy, and its limits.
#[derive(Debug, Clone)]
pub struct Ends {
    /// The end on the host, for messages.
    pub host: End,
    /// The path in the sandbox.
    pub path: String,
    /// The end in the sandbox, for messages.
    pub sandbox: End,
    /// How large the copy may be.
    pub limits: Limits,
}

impl Ends {
    /// The ends of a copy between the host and a path in the sandbox.
    #[must_use]
    pub fn new(host: End, path: &str, limits: Limits) -> Self {
        Self { host, path: path.to_owned(), sandbox: End::Path(path.to_owned()), limits }
    }
}

/// One end of a copy.
#[derive(Debug, Clone)]
pub enum End {
    /// A path.
    Path(String),
    /// An archive, with its path if it is a file.
    Archive(Option<String>),
}

impl End {
    /// A path on the host.
    #[must_use]
    pub fn path(path: &Path) -> Self {
        Self::Path(path.display().to_string())
    }

    /// An archive.
    #[must_use]
    pub fn archive(archive: &Archive) -> Self {
        Self::Archive(match archive {
            Archive::File(path) => Some(path.display().to_string()),
            Archive::Bytes(_) => None,
        })
    }

    /// The error for an entry that this end could not copy.
    #[must_use]
    pub fn error(&self, limits: Limits, failure: Failure) -> Error {
        let entry = String::from_utf8_lossy(&failure.entry);
        match self {
            Self::Path(base) => {
                let path = match entry.as_ref() {
                    "" => base.clone(),
                    entry => format!("{}/{entry}", base.trim_end_matches('/')),
                };
                let hint = match failure.reason {
                    Reason::TooLarge => Some("copy less, or raise maxBytes"),
                    Reason::TooMany => Some("copy less, or raise maxEntries"),
                    Reason::Malformed => {
                        return violated("the agent violated the protocol");
                    }
                    _ => None,
                };
                let error = explain("copy", &path, limits, failure.reason).detail("path", path);
                if let Some(hint) = hint { error.hint(hint) } else { error }
            }
            Self::Archive(path) => {
                let archive = path.as_deref().unwrap_or("the archive");
                let what = match entry.as_ref() {
                    "" => archive.to_owned(),
                    entry => format!("{entry:?} of {archive}"),
                };
                let error = explain("unpack", &what, limits, failure.reason).detail("entry", entry.as_ref());
                match path {
                    Some(path) => error.detail("path", path.clone()),
                    None => error,
                }
            }
        }
    }
}
