//! Files of a sandbox, through its agent.

use std::{convert::Infallible, io};

use cofferdam_protocol::{
    Request, SystemError,
    file::{
        Delete, DeleteReply, Entry, Failure, Kind, List, ListEvent, Read, ReadEvent, Used, Write, WriteInput,
        WriteReply,
    },
    wire::{
        limits::{CHUNK, MAX_ENTRIES, MAX_FILE},
        message,
    },
};
use futures_util::io::AsyncWrite;

use super::connection::{Link, Operation, lost};

use crate::error::{Code, Error, Result};

/// Reads a regular file of at most [`MAX_FILE`] bytes.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `SANDBOX_LOST`.
pub async fn read(link: &Link, path: &str) -> Result<Vec<u8>> {
    let mut operation = link.begin().await?;
    let request = Request::Read(Read { path: path.to_owned(), limit: MAX_FILE });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    let mut content = Vec::new();
    loop {
        match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
            ReadEvent::Data { data, last } => {
                if (content.len() + data.len()) as u64 > MAX_FILE {
                    return Err(lost().detail("reason", "the agent sent more than it was asked for"));
                }
                content.extend_from_slice(data);
                if last {
                    return Ok(content);
                }
            }
            ReadEvent::Failed(failure) => return Err(translate("read", path, failure)),
        }
    }
}

/// Replaces a file: makes the directories that are missing, and keeps the mode of one that is there.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, `SANDBOX_LOST`.
pub async fn write(link: &Link, path: &str, content: &[u8]) -> Result<()> {
    let size = content.len() as u64;
    if size > MAX_FILE {
        return Err(translate("write", path, Failure::TooLarge { size }));
    }
    let mut operation = link.begin().await?;
    let Operation { events, requests, .. } = &mut operation;
    let sending = async {
        // An agent that has answered before it had all of it does not read on: the answer is still to come.
        let _ = send(requests, path, content).await;
        std::future::pending::<Infallible>().await
    };
    let reply = tokio::select! {
        reply = events.next() => reply.map_err(|error| broken(&error))?.ok_or_else(lost)?,
        never = sending => match never {},
    };
    match reply {
        WriteReply::Done => Ok(()),
        WriteReply::Failed(failure) => Err(translate("write", path, failure)),
    }
}

async fn send<W: AsyncWrite + Unpin>(requests: &mut W, path: &str, content: &[u8]) -> io::Result<()> {
    let size = content.len() as u64;
    let (data, mut rest) = content.split_at(content.len().min(CHUNK));
    message::send(requests, &Request::Write(Write { path: path.to_owned(), size, data })).await?;
    while !rest.is_empty() {
        let (data, more) = rest.split_at(rest.len().min(CHUNK));
        message::send(requests, &WriteInput { data }).await?;
        rest = more;
    }
    Ok(())
}

/// What is in a directory of at most [`MAX_ENTRIES`] entries, by name.
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
                    return Err(lost().detail("reason", "the agent sent more than it was asked for"));
                }
                found.extend(entries);
                if last {
                    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                    return Ok(found);
                }
            }
            ListEvent::Failed(failure) => return Err(translate("list", path, failure)),
        }
    }
}

/// Deletes a file or a link; a directory with all in it when `recursive`.
///
/// # Errors
/// `FILE_ERROR`, `SANDBOX_LOST`.
pub async fn delete(link: &Link, path: &str, recursive: bool) -> Result<()> {
    let mut operation = link.begin().await?;
    let request = Request::Delete(Delete { path: path.to_owned(), recursive });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
        DeleteReply::Done => Ok(()),
        DeleteReply::Failed(failure) => Err(translate("delete", path, failure)),
    }
}

/// What the files in the workspace take, in bytes. They are counted for it.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn usage(link: &Link) -> Result<u64> {
    let mut operation = link.begin().await?;
    message::send(&mut operation.requests, &Request::Usage).await.map_err(|error| broken(&error))?;
    let used: Used = operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)?;
    Ok(used.bytes)
}

/// The link is gone, or what came over it was no message.
pub(super) fn broken(error: &io::Error) -> Error {
    lost().detail("reason", error.to_string())
}

/// An error of the sandbox's kernel.
pub(super) fn system_error(verb: &str, path: &str, error: SystemError) -> Error {
    let full = matches!(error.name.as_str(), "ENOSPC" | "EDQUOT");
    let code = if full { Code::DiskLimit } else { Code::FileError };
    Error::new(code, format!("could not {verb} {path}: {}", error.message)).detail("errno", error.name)
}

/// What is no regular file, and the error that is for one in its place.
pub(super) fn kind_name(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Directory => ("a directory", "EISDIR"),
        Kind::Fifo => ("a named pipe", "EINVAL"),
        Kind::Socket => ("a socket", "EINVAL"),
        Kind::Device => ("a device", "EINVAL"),
        Kind::Other => ("no regular file", "EINVAL"),
    }
}

fn translate(verb: &str, path: &str, failure: Failure) -> Error {
    let error = match failure {
        Failure::System(error) => system_error(verb, path, error),
        Failure::NotRegular(kind) => {
            let (name, errno) = kind_name(kind);
            Error::new(Code::FileError, format!("could not {verb} {path}: it is {name}, not a file"))
                .detail("errno", errno)
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
                .hint("read it in parts with a command, or reach it on the host in the workspace's directory")
                .detail("size", size)
                .detail("limit", MAX_FILE)
        }
    };
    error.detail("path", path)
}
