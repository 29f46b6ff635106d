//! Errors of operations.

use std::io;

use cofferdam_protocol::{
    SystemError,
    file::{Failure, Kind},
    wire::limits::{MAX_ENTRIES, MAX_FILE},
};

use crate::error::{Code, Error};

/// The link has ended.
pub fn lost() -> Error {
    Error::new(Code::SandboxLost, "the connection to the sandbox was lost")
}

/// The link failed, or the agent sent something that is not a message.
pub fn broken(error: &io::Error) -> Error {
    lost().detail("reason", error.to_string())
}

/// The agent sent something that it must not send.
pub fn violated(what: &'static str) -> Error {
    lost().detail("reason", what)
}

/// An error of the sandbox's kernel. `verb` is a word as in "could not `verb` /path".
pub fn system_error(verb: &str, path: &str, error: SystemError) -> Error {
    let full = matches!(error.name.as_str(), "ENOSPC" | "EDQUOT");
    let code = if full { Code::DiskLimit } else { Code::FileError };
    Error::new(code, format!("could not {verb} {path}: {}", error.message)).detail("errno", error.name)
}

/// The name of something that is not a regular file, and the error for it where a regular file is needed.
pub fn kind_name(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Directory => ("a directory", "EISDIR"),
        Kind::Fifo => ("a named pipe", "EINVAL"),
        Kind::Socket => ("a socket", "EINVAL"),
        Kind::Device => ("a device", "EINVAL"),
        Kind::Other => ("an unsupported kind of file", "EINVAL"),
    }
}

/// An operation on a file that failed in the sandbox.
pub fn file_failed(verb: &str, path: &str, failure: Failure) -> Error {
    let error = match failure {
        Failure::System(error) => system_error(verb, path, error),
        Failure::NotRegular(kind) => {
            let (name, errno) = kind_name(kind);
            let message = format!("could not {verb} {path}: it is {name}, not a regular file");
            Error::new(Code::FileError, message).detail("errno", errno)
        }
        Failure::TooMany => Error::new(
            Code::FileTooLarge,
            format!("could not {verb} {path}: it has more than {MAX_ENTRIES} entries"),
        )
        .hint("list it with a command")
        .detail("limit", MAX_ENTRIES),
        Failure::TooLarge { size } => {
            let limit = MAX_FILE / (1024 * 1024);
            Error::new(Code::FileTooLarge, format!("could not {verb} {path}: it is larger than {limit} MiB"))
                .hint("process it in parts with a command, or access it in the workspace's directory on the host")
                .detail("size", size)
                .detail("limit", MAX_FILE)
        }
    };
    error.detail("path", path)
}
