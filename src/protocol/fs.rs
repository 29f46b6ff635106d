//! The file system of a sandbox, as `node:fs` shows one. Everything happens as the sandbox's user.

use serde::{Deserialize, Serialize};

pub mod call;
pub mod directory;
pub mod edit;
pub mod handle;
pub mod lines;
pub mod search;
pub mod stat;
pub mod watch;

/// A request about files.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Do one thing; answered by one [`call::Reply`].
    Call(call::Call),
    /// Open a file; answered by one [`handle::Reply`]. [`handle::Request`]s follow, each with a reply, until the stream ends.
    Open(handle::Open),
    /// List the names in a directory; answered by [`directory::Event`]s.
    Names(directory::Names),
    /// Replace text in a file; answered by one [`edit::Reply`].
    Edit(edit::Edit),
    /// Send lines of a file; answered by [`lines::Event`]s.
    Lines(lines::Lines),
    /// Write this many files, each sent as a [`crate::file::Write`] and its [`crate::file::WriteInput`]s; answered by one [`Written`].
    WriteAll(u32),
    /// Watch a file or a directory; answered by [`watch::Event`]s until the stream ends.
    Watch(watch::Watch),
}

/// The answer to [`Request::WriteAll`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Written {
    /// How many files were written, in the given order.
    pub count: u32,
    /// Why the next one was not. Those after it were not tried.
    pub failure: Option<crate::file::Failure>,
}
