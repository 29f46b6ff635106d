use std::path::Path;

use cofferdam_protocol::copy::{Failure, Limits, Reason};

use super::{
    super::{
        connection::lost,
        file::{kind_name, system_error},
    },
    aborted,
};

use crate::{
    archive::Archive,
    error::{Code, Error},
};

/// Both ends of a copy, for messages, and what it may be.
#[derive(Debug, Clone)]
pub struct Ends {
    /// What it is copied from or to on the host.
    pub host: End,
    /// The path in the sandbox.
    pub path: String,
    /// The same, for messages.
    pub sandbox: End,
    /// The most that it may be.
    pub limits: Limits,
}

impl Ends {
    /// Between something of the host and a path in the sandbox.
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
    /// An archive: its path, if it has one.
    Archive(Option<String>),
}

impl End {
    /// A path of the host.
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

    /// What is wrong with an entry of a tree at this end.
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
                        return lost().detail("reason", "the agent does not keep to the protocol");
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

fn explain(verb: &str, what: &str, limits: Limits, reason: Reason) -> Error {
    let refused = |why: &str, errno: &'static str, reason: &'static str| {
        Error::new(Code::FileError, format!("could not {verb} {what}: {why}"))
            .detail("errno", errno)
            .detail("reason", reason)
    };
    let too_large = |limit: u64, of: &str| {
        Error::new(
            Code::FileTooLarge,
            format!("could not {verb} {what}: with it there are more than {limit} {of}"),
        )
        .detail("limit", limit)
    };
    match reason {
        Reason::System(error) => system_error(verb, what, error),
        Reason::Kind(kind) => {
            let (name, errno) = kind_name(kind);
            refused(&format!("it is {name}"), errno, "kind")
        }
        Reason::Link => {
            refused("it is a symbolic link that leads out of the whole, or could", "ELOOP", "link")
                .hint("relative links that only go down, or up from their own directory, are kept")
        }
        Reason::HardLink => refused("it is a hard link", "EINVAL", "hardlink")
            .hint("pack files, not names of them: tar --hard-dereference"),
        Reason::Name => refused("no file below it can have this name", "EINVAL", "name"),
        Reason::Changed => refused("it changed while it was read", "ESTALE", "changed").hint("try again"),
        Reason::TooLarge => too_large(limits.bytes, "bytes"),
        Reason::TooMany => too_large(limits.entries, "entries"),
        Reason::Malformed => {
            refused("it is no tar archive, plain or compressed by gzip, or is damaged", "EINVAL", "archive")
        }
        Reason::Aborted => aborted(),
    }
}
