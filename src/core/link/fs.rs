//! The file system of a sandbox, through its agent.

mod answers;
mod contents;
mod handle;
mod watch;

pub use answers::{answer_to, begin, edit, names};
pub use contents::{lines, write_all};
pub use handle::{Change, OpenFile};
pub use watch::Watching;

use cofferdam_protocol::{
    RawPath,
    file::Failure,
    fs::{call::Call, directory::MAX_NAMES},
};

use super::failure::file_failed;
use crate::error::{Code, Error};

/// What an operation was about, for its errors.
pub(crate) struct Subject<'a> {
    verb: &'static str,
    path: &'a RawPath,
    dest: Option<&'a RawPath>,
    /// The largest file that it takes, in bytes.
    limit: u64,
}

impl<'a> Subject<'a> {
    /// An operation on one path.
    pub(crate) fn new(verb: &'static str, path: &'a RawPath, limit: u64) -> Self {
        Self { verb, path, dest: None, limit }
    }

    /// What a call is about.
    pub(crate) fn of(call: &'a Call) -> Self {
        let one = |verb, path| Self::new(verb, path, u64::MAX);
        let two = |verb, path, dest| Self { verb, path, dest: Some(dest), limit: u64::MAX };
        match call {
            Call::Access { path, .. } => one("access", path),
            Call::ChangeMode { path, .. } => one("change the mode of", path),
            Call::CopyFile { from, to, .. } => two("copy", from, to),
            Call::Copy(copy) => two("copy", &copy.from, &copy.to),
            Call::MakeDirectory { path, .. } | Call::MakeTemporary { prefix: path } => {
                one("create the directory", path)
            }
            Call::ReadLink { path } => one("read the link", path),
            Call::RealPath { path } => one("resolve", path),
            Call::Remove { path, .. } | Call::RemoveDirectory { path } | Call::Unlink { path } => {
                one("delete", path)
            }
            Call::Rename { from, to } => two("rename", from, to),
            Call::SetTimes { path, .. } => one("set the times of", path),
            Call::Space { path } => one("examine the file system of", path),
            Call::Stat { path, .. } => one("examine", path),
            Call::MakeLink { target, path } => two("create a link to", target, path),
            Call::Truncate { path, .. } => one("truncate", path),
        }
    }

    /// The error when the agent could not do it.
    pub(crate) fn failed(&self, failure: Failure) -> Error {
        let Self { verb, path, dest, limit } = self;
        let path = path.text();
        let error = match failure {
            Failure::TooMany => {
                let message =
                    format!("could not {verb} {path}: it has more than {MAX_NAMES} names, or too long ones");
                Error::new(Code::FileTooLarge, message)
                    .hint("work on its directories one by one, or use a command")
                    .detail("limit", MAX_NAMES)
                    .detail("path", path.as_ref())
            }
            Failure::TooLarge { size } => {
                let message = format!("could not {verb} {path}: more than {limit} bytes");
                Error::new(Code::FileTooLarge, message)
                    .hint("use createReadStream, or a command")
                    .detail("size", size)
                    .detail("limit", *limit)
                    .detail("path", path.as_ref())
            }
            failure @ (Failure::System(_) | Failure::NotRegular(_)) => file_failed(verb, &path, failure),
        };
        match dest {
            Some(dest) => error.detail("dest", dest.text().as_ref()),
            None => error,
        }
    }
}
