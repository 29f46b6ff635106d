use cofferdam_protocol::copy::{Copied, Limits, Reason};

use super::super::failure::{kind_name, system_error};
use crate::error::{Code, Error};

/// The caller cancelled the copy.
#[must_use]
pub fn aborted() -> Error {
    Error::new(Code::Aborted, "the copy was aborted")
}

/// Adds how much was copied before an error.
pub fn with_copied(error: Error, copied: Copied) -> Error {
    error.detail("copied", serde_json::json!({ "entries": copied.entries, "bytes": copied.bytes }))
}

/// The error for a reason. `verb` is a word as in "could not `verb` `what`".
pub fn explain(verb: &str, what: &str, limits: Limits, reason: Reason) -> Error {
    let refused = |why: &str, errno: &'static str, reason: &'static str| {
        Error::new(Code::FileError, format!("could not {verb} {what}: {why}"))
            .detail("errno", errno)
            .detail("reason", reason)
    };
    let too_large = |limit: u64, unit: &str| {
        let message = format!("could not {verb} {what}: the total exceeds the limit of {limit} {unit}");
        Error::new(Code::FileTooLarge, message).detail("limit", limit)
    };
    match reason {
        Reason::System(error) => system_error(verb, what, error),
        Reason::Kind(kind) => {
            let (name, errno) = kind_name(kind);
            refused(&format!("it is {name}"), errno, "kind")
        }
        Reason::Link => {
            refused("it is a symbolic link that leads out of the tree, or could", "ELOOP", "link")
                .hint("use relative links that stay in the tree, with `..` only at the start of their target")
        }
        Reason::HardLink => refused("it is a hard link", "EINVAL", "hardlink")
            .hint("pack a copy of the file instead of a hard link: tar --hard-dereference"),
        Reason::Name => refused("its name is invalid or leads out of the tree", "EINVAL", "name"),
        Reason::Changed => {
            refused("it changed while it was being read", "ESTALE", "changed").hint("try again")
        }
        Reason::TooLarge => too_large(limits.bytes, "bytes"),
        Reason::TooMany => too_large(limits.entries, "entries"),
        Reason::Malformed => refused(
            "it is not a tar archive, plain or gzip-compressed, or it is damaged",
            "EINVAL",
            "archive",
        ),
        Reason::Aborted => aborted(),
    }
}
