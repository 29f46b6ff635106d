use serde::{Deserialize, Serialize};

use crate::{copy, file, fs, port, process};

/// The first message on a stream: the operation that the stream is for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request<'a> {
    /// A request about processes.
    Process(process::Request),
    /// Read a regular file; answered by [`file::ReadEvent`]s.
    Read(file::Read),
    /// Replace a regular file; answered by one [`file::WriteReply`].
    Write(#[serde(borrow)] file::Write<'a>),
    /// List a directory; answered by [`file::ListEvent`]s.
    List(file::List),
    /// Delete a file or a tree; answered by one [`file::DeleteReply`].
    Delete(file::Delete),
    /// Send a tree; answered by [`copy::Piece`]s.
    Send(copy::Send),
    /// Receive a tree, whose [`copy::Piece`]s follow; answered by one [`copy::Reply`].
    Receive(copy::Receive),
    /// Report the disk usage of the workspace; answered by one [`file::Used`].
    Usage,
    /// Report what the sandbox uses; answered by one [`crate::stats::Stats`].
    Stats,
    /// A request about TCP ports.
    Port(port::Request),
    /// Tell what is at a path; answered by one [`file::Identified`].
    Identify(file::Identify),
    /// A request about files, as `node:fs` makes it.
    Fs(fs::Request),
}
