//! File operations in a sandbox, done by its agent.

use std::{convert::Infallible, io};

use cofferdam_fstree::entry_name;
use cofferdam_protocol::{
    RawPath, Request,
    file::{
        Delete, DeleteReply, Entry, Failure, Identified, Identify, List, ListEvent, Mode, Read, ReadEvent,
        Used, Write, WriteInput, WriteReply,
    },
    wire::{
        limits::{CHUNK, MAX_ENTRIES, MAX_FILE},
        message,
    },
};
use futures_util::io::{AsyncWrite, WriteHalf};
use serde::{Serialize, de::DeserializeOwned};
use yamux::Stream;

use super::{
    Link, Operation,
    failure::{broken, file_failed, lost, violated},
};
use crate::{error::Result, hostfs::Identity};

/// The mode of a new file.
pub const DEFAULT_MODE: u32 = 0o644;

/// The reason why an agent that sends more than the limit of a request is not trusted.
pub(super) const TOO_MUCH: &str = "the agent sent more than was requested";

/// The reason why an agent that lists something other than names is not trusted: callers join them to paths.
const NO_NAME: &str = "the agent listed something that is not a name";

/// Reads a regular file of at most [`MAX_FILE`] bytes.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `SANDBOX_LOST`.
pub async fn read(link: &Link, path: &RawPath) -> Result<Vec<u8>> {
    let mut operation = link.begin().await?;
    let request = Request::Read(Read { path: path.clone(), limit: MAX_FILE });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    let mut content = Vec::new();
    loop {
        match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
            ReadEvent::Data { data, last } => {
                if (content.len() + data.len()) as u64 > MAX_FILE {
                    return Err(violated(TOO_MUCH));
                }
                content.extend_from_slice(data);
                if last {
                    return Ok(content);
                }
            }
            ReadEvent::Failed(failure) => return Err(file_failed("read", &path.text(), failure)),
        }
    }
}

/// A file to write.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Its path.
    pub path: RawPath,
    /// Its permission bits.
    pub mode: Mode,
    /// Whether missing directories above it are created.
    pub parents: bool,
}

impl NewFile {
    /// A file whose missing directories are created. Without a `mode`, one that exists keeps its own.
    #[must_use]
    pub fn anywhere(path: &str, mode: Option<u32>) -> Self {
        let mode = mode.map_or(Mode::IfNew(DEFAULT_MODE), Mode::Exactly);
        Self { path: path.into(), mode, parents: true }
    }
}

/// Creates or replaces a file.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, `SANDBOX_LOST`.
pub async fn write(link: &Link, file: &NewFile, content: &[u8]) -> Result<()> {
    let failed = |failure| file_failed("write", &file.path.text(), failure);
    let size = content.len() as u64;
    if size > MAX_FILE {
        return Err(failed(Failure::TooLarge { size }));
    }
    let mut operation = link.begin().await?;
    let request = |data| Request::Write(file.message(size, data));
    match exchange(&mut operation, async |requests| send(requests, content, request).await).await? {
        WriteReply::Done => Ok(()),
        WriteReply::Failed(failure) => Err(failed(failure)),
    }
}

impl NewFile {
    /// The message that begins the file, with its first bytes.
    pub(super) fn message<'a>(&self, size: u64, data: &'a [u8]) -> Write<'a> {
        Write { path: self.path.clone(), size, mode: self.mode, parents: self.parents, data }
    }
}

/// Sends messages until the agent replies, which it may do early: it stops reading then, and its reply still arrives.
pub(super) async fn exchange<T: DeserializeOwned>(
    operation: &mut Operation,
    send: impl AsyncFnOnce(&mut WriteHalf<Stream>) -> io::Result<()>,
) -> Result<T> {
    let Operation { events, requests, .. } = operation;
    let sending = async {
        let _ = send(requests).await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        reply = events.next() => reply.map_err(|error| broken(&error))?.ok_or_else(lost),
        never = sending => match never {},
    }
}

/// Sends the content of a file. `first` makes the message that begins it.
pub(super) async fn send<'a, W: AsyncWrite + Unpin, T: Serialize>(
    requests: &mut W,
    content: &'a [u8],
    first: impl FnOnce(&'a [u8]) -> T,
) -> io::Result<()> {
    let (data, mut rest) = content.split_at(content.len().min(CHUNK));
    message::send(requests, &first(data)).await?;
    while !rest.is_empty() {
        let (data, others) = rest.split_at(rest.len().min(CHUNK));
        message::send(requests, &WriteInput { data }).await?;
        rest = others;
    }
    Ok(())
}

/// Lists a directory of at most [`MAX_ENTRIES`] entries, sorted by name.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `SANDBOX_LOST`.
pub async fn list(link: &Link, path: &str) -> Result<Vec<Entry>> {
    let mut operation = link.begin().await?;
    let request = Request::List(List { path: path.to_owned(), limit: MAX_ENTRIES });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    let mut found: Vec<Entry> = Vec::new();
    loop {
        match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
            ListEvent::Entries { entries, last } => {
                if (found.len() + entries.len()) as u64 > MAX_ENTRIES {
                    return Err(violated(TOO_MUCH));
                }
                // This also bounds their length.
                if entries.iter().any(|entry| entry_name(&entry.name).is_err()) {
                    return Err(violated(NO_NAME));
                }
                found.extend(entries);
                if last {
                    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                    return Ok(found);
                }
            }
            ListEvent::Failed(failure) => return Err(file_failed("list", path, failure)),
        }
    }
}

/// Deletes a file or a link; with `recursive` also a directory and everything in it.
///
/// # Errors
/// `FILE_ERROR`, `SANDBOX_LOST`.
pub async fn delete(link: &Link, path: &str, recursive: bool) -> Result<()> {
    let mut operation = link.begin().await?;
    let request = Request::Delete(Delete { path: path.to_owned(), recursive });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
        DeleteReply::Done => Ok(()),
        DeleteReply::Failed(failure) => Err(file_failed("delete", path, failure)),
    }
}

/// How much space the files in the workspace take, in bytes. The agent walks all of them to find out.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn usage(link: &Link) -> Result<u64> {
    let mut operation = link.begin().await?;
    message::send(&mut operation.requests, &Request::Usage).await.map_err(|error| broken(&error))?;
    let used: Used = operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)?;
    Ok(used.bytes)
}

/// What is at a path in the sandbox, as its kernel numbers it.
///
/// # Errors
/// `FILE_ERROR`, `SANDBOX_LOST`.
pub async fn identify(link: &Link, path: &str) -> Result<Identity> {
    let mut operation = link.begin().await?;
    let request = Request::Identify(Identify { path: path.to_owned() });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
        Identified::Found { device, inode } => Ok(Identity { device, inode }),
        Identified::Failed(failure) => Err(file_failed("identify", path, failure)),
    }
}

#[cfg(test)]
mod tests;
