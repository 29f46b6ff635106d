//! Searching names and contents.

use std::{collections::BTreeMap, time::Duration};

use cofferdam_fstree::entry_name;
use cofferdam_protocol::{
    RawPath,
    fs::search::{Argument, COMMAND, Found, Glob, Grep, Line, MAX_FOUND, Search},
    layout,
    process::Command,
    wire::{limits::MAX_MESSAGE, message::MessageReader},
};
use futures_util::io::Cursor;

use crate::{
    container::Connection,
    error::{Code, Error, Result},
    exec::{request::ExecOptions, result::ExecResult, run::run},
    link::fs::Subject,
};

/// What is told of a search that ended before its time.
const COMPLAINT: usize = 500;

/// Files that were found by their paths.
#[derive(Debug, Default)]
pub struct FoundFiles {
    /// Relative to the root of the search, sorted.
    pub paths: Vec<RawPath>,
    /// Whether there may be more.
    pub truncated: bool,
}

/// Lines that were found, by file.
#[derive(Debug, Default)]
pub struct FoundLines {
    /// The files, relative to the root of the search, sorted; each with lines in their order.
    pub files: BTreeMap<Vec<u8>, Vec<Line>>,
    /// Whether there may be more.
    pub truncated: bool,
}

/// Finds files by their paths.
///
/// # Errors
/// `INVALID_ARGUMENT`, `FILE_ERROR`; `TIMEOUT` when it takes longer than `timeout`; `CONFLICT` when something in the sandbox ended
/// it; those of a command.
pub async fn glob(connection: &Connection, request: Glob, timeout: Option<Duration>) -> Result<FoundFiles> {
    let root = request.root.clone();
    let mut files = FoundFiles::default();
    files.truncated = search(connection, Search::Glob(request), &root, timeout, |found| match found {
        Found::Files(paths) if paths.iter().all(is_below) => {
            files.paths.extend(paths);
            true
        }
        _ => false,
    })
    .await?;
    files.paths.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    Ok(files)
}

/// Finds lines that match.
///
/// # Errors
/// As [`glob`].
pub async fn grep(connection: &Connection, request: Grep, timeout: Option<Duration>) -> Result<FoundLines> {
    let root = request.root.clone();
    let mut lines = FoundLines::default();
    lines.truncated = search(connection, Search::Grep(request), &root, timeout, |found| match found {
        Found::Lines { path, lines: more } if path.as_bytes().is_empty() || is_below(&path) => {
            lines.files.entry(path.as_bytes().to_vec()).or_default().extend(more);
            true
        }
        _ => false,
    })
    .await?;
    Ok(lines)
}

/// Searches, and hands over what is found. `take` says whether that was an answer to the question. Returns whether there may be more.
async fn search(
    connection: &Connection,
    search: Search,
    root: &RawPath,
    timeout: Option<Duration>,
    mut take: impl FnMut(Found) -> bool,
) -> Result<bool> {
    let request =
        postcard::to_stdvec(&search).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    if request.len() > MAX_MESSAGE {
        return Err(Error::invalid("pattern", "the patterns are too long"));
    }
    let command = Command::Argv(vec![layout::AGENT.to_owned(), COMMAND.to_owned()]);
    let output_limit = Some((MAX_FOUND + MAX_MESSAGE) as u64);
    let options =
        ExecOptions { stdin: Some(request.into()), output_limit, timeout, ..ExecOptions::default() };
    let mut result = run(connection, command, options).await?;
    let output = std::mem::take(&mut result.stdout.bytes);
    let mut messages = MessageReader::new(Cursor::new(output));
    loop {
        match messages.next::<Found>().await {
            Ok(Some(Found::End { truncated })) => return Ok(truncated),
            Ok(Some(Found::Invalid { argument, message })) => return Err(wrong(argument, &message)),
            Ok(Some(Found::Failed(error))) => {
                let failure = cofferdam_protocol::file::Failure::System(error);
                return Err(Subject::new("search", root, u64::MAX).failed(failure));
            }
            Ok(Some(found)) => {
                if !take(found) {
                    return Err(ended(&result, root));
                }
            }
            // Its process runs as the sandbox's user, whose commands can end it, or write in its place.
            _ => return Err(ended(&result, root)),
        }
    }
}

fn wrong(argument: Argument, message: &str) -> Error {
    let argument = match argument {
        Argument::Pattern => "pattern",
        Argument::Ignore => "ignore",
        Argument::Glob => "glob",
    };
    Error::invalid(argument, format!("{argument} is no valid pattern: {}", message.trim()))
}

fn ended(result: &ExecResult, root: &RawPath) -> Error {
    let root = root.text();
    if result.timed_out {
        let message = format!("the search of {root} took longer than its timeout");
        return Error::new(Code::Timeout, message)
            .hint("search less, or raise timeout")
            .detail("path", root.as_ref());
    }
    let complaint = String::from_utf8_lossy(&result.stderr.bytes);
    let complaint: String = complaint.trim().chars().take(COMPLAINT).collect();
    Error::new(Code::Conflict, format!("the search of {root} was ended by something in the sandbox"))
        .detail("exitCode", result.exit_code)
        .detail("oomKilled", result.oom_killed)
        .detail("reason", complaint)
        .detail("path", root.as_ref())
}

/// Whether a path leads downwards only: callers join it to the root.
fn is_below(path: &RawPath) -> bool {
    path.as_bytes().split(|byte| *byte == b'/').all(|name| entry_name(name).is_ok())
}
