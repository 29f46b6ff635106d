//! Operations with one request.

use cofferdam_fstree::entry_name;
use cofferdam_protocol::{
    Request,
    fs::{
        self,
        call::{Call, Reply},
        directory::{Event, MAX_NAME_BYTES, MAX_NAMES, Name, Names},
        edit::{self, Edit, MAX_EDITED},
    },
    wire::message,
};

use super::{
    super::{
        Link, Operation,
        failure::{broken, lost, violated},
        file::TOO_MUCH,
    },
    Subject,
};
use crate::error::{Code, Error, Result};

/// Asks the agent to do one thing.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn begin(operation: &mut Operation, call: &Call) -> Result<()> {
    ask(operation, fs::Request::Call(call.clone())).await
}

/// The agent's next answer to a call; `None` says that it still works.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, `SANDBOX_LOST`.
pub async fn answer_to(operation: &mut Operation, call: &Call) -> Result<Option<Reply>> {
    match answer(operation).await? {
        Reply::Busy => Ok(None),
        Reply::Failed(failure) => Err(Subject::of(call).failed(failure)),
        reply => Ok(Some(reply)),
    }
}

/// The names in a directory, in the order of the file system.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `SANDBOX_LOST`.
pub async fn names(link: &Link, request: &Names) -> Result<Vec<Name>> {
    let mut operation = link.begin().await?;
    ask(&mut operation, fs::Request::Names(request.clone())).await?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    loop {
        match answer(&mut operation).await? {
            Event::Names { names, last } => {
                check(&names, request.recursive)?;
                bytes += names.iter().map(|name| name.path.as_bytes().len() as u64).sum::<u64>();
                found.extend(names);
                if found.len() as u64 > MAX_NAMES || bytes > MAX_NAME_BYTES {
                    return Err(violated(TOO_MUCH));
                }
                if last {
                    return Ok(found);
                }
            }
            Event::Failed(failure) => {
                return Err(Subject::new("list", &request.path, u64::MAX).failed(failure));
            }
        }
    }
}

/// Callers join the names to paths, so each must be one, or a path downwards.
fn check(names: &[Name], recursive: bool) -> Result<()> {
    let is_name = |name: &[u8]| entry_name(name).is_ok();
    let is_downwards = |path: &[u8]| path.split(|byte| *byte == b'/').all(is_name);
    let is_good = |name: &Name| {
        if recursive { is_downwards(name.path.as_bytes()) } else { is_name(name.path.as_bytes()) }
    };
    if names.iter().all(is_good) {
        Ok(())
    } else {
        Err(violated("the agent listed something that is not a name"))
    }
}

/// Replaces text in a file. Returns how often.
///
/// # Errors
/// `CONFLICT` when the text is not there exactly once, or the file is not the expected one; `FILE_ERROR`, `FILE_TOO_LARGE`,
/// `DISK_LIMIT`, `SANDBOX_LOST`.
pub async fn edit(operation: &mut Operation, request: &Edit) -> Result<u64> {
    ask(operation, fs::Request::Edit(request.clone())).await?;
    let path = request.path.text();
    let refused = |message: String| Error::new(Code::Conflict, message).detail("path", path.as_ref());
    match answer(operation).await? {
        edit::Reply::Done { replaced } => Ok(replaced),
        edit::Reply::Matches(0) => Err(refused(format!("could not edit {path}: the old text is not in it"))
            .hint("read the file again: the text must match exactly, white space included")
            .detail("matches", 0)),
        edit::Reply::Matches(matches) => {
            Err(refused(format!("could not edit {path}: the old text is in it {matches} times"))
                .hint("add lines around it that make it unique, or set all")
                .detail("matches", matches))
        }
        edit::Reply::Changed => {
            Err(refused(format!("could not edit {path}: it is not the file that was expected"))
                .hint("read the file again")
                .detail("changed", true))
        }
        edit::Reply::Failed(failure) => Err(Subject::new("edit", &request.path, MAX_EDITED).failed(failure)),
    }
}

/// Sends a request.
pub(super) async fn ask(operation: &mut Operation, request: fs::Request) -> Result<()> {
    let request = Request::Fs(request);
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))
}

/// The next answer.
pub(super) async fn answer<'a, T: serde::Deserialize<'a>>(operation: &'a mut Operation) -> Result<T> {
    operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)
}
