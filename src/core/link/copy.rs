//! Trees on their way into a sandbox and out of it, through its agent.

use std::{
    future::poll_fn,
    io,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cofferdam_fstree::{Receiver, Source, Target, Unfinished, Walk, open_top, receive, send, system};
use cofferdam_protocol::{
    Request,
    copy::{self, Copied, Failure, Limits, Reason, Reply},
    wire::message,
};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::Mode,
};
use tokio::{
    runtime::Handle,
    task::{JoinHandle, spawn_blocking},
};

use super::{
    connection::{Operation, lost},
    file::broken,
};

use crate::{
    archive::{self, Archive, Unpacking},
    cancellation::Cancellation,
    error::{Code, Error, Result},
};

mod end;

pub use end::{End, Ends};

/// A copy under way, in a thread that may wait for disks. Dropping it ends the copy, and what is not in its place goes.
pub struct Copying {
    ended: JoinHandle<Result<Copied>>,
    moved: Arc<AtomicU64>,
    stop: Cancellation,
}

/// Opens a directory or a file of the host to be sent; a symbolic link in its place is not followed.
///
/// # Errors
/// `FILE_ERROR`
pub fn open_host(path: &Path, limits: Limits) -> Result<Walk> {
    let open = |path: &Path, flags| {
        openat(AT_FDCWD, path, flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
    };
    let opened = open_top(path, open).map(|top| Walk::new(top, limits));
    opened.map_err(|reason| End::path(path).error(limits, Failure { entry: Vec::new(), reason }))
}

/// Opens an archive to be sent.
///
/// # Errors
/// `FILE_ERROR`
pub fn open_archive(archive: &Archive) -> Result<Unpacking> {
    let failed = |reason| End::archive(archive).error(archive::LIMITS, Failure { entry: Vec::new(), reason });
    archive.open(archive::LIMITS).map_err(failed)
}

impl Copying {
    /// Sends a tree into the sandbox.
    pub fn send<S>(operation: Operation, source: S, ends: Ends, cancellation: Cancellation) -> Self
    where
        S: Source + Send + 'static,
    {
        Self::begin(|| send_to(operation, Abortable { source, cancellation }, ends))
    }

    /// Receives a tree from the sandbox.
    #[must_use]
    pub fn receive(operation: Operation, path: PathBuf, ends: Ends, cancellation: Cancellation) -> Self {
        Self::begin(|| receive_from(operation, path, ends, cancellation))
    }

    fn begin<F>(work: impl FnOnce() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Copied>>,
    {
        let (moved, stop) = (Arc::new(AtomicU64::new(0)), Cancellation::default());
        let (runtime, turns, stopped) = (Handle::current(), Arc::clone(&moved), stop.clone());
        let ended = spawn_blocking(move || {
            let mut work = pin!(work());
            // It is woken by what the agent does, and by its own progress.
            let counted = poll_fn(|cx| {
                turns.fetch_add(1, Ordering::Relaxed);
                work.as_mut().poll(cx)
            });
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    // Nobody is left to hear of it.
                    () = stopped.cancelled() => Err(aborted()),
                    outcome = counted => outcome,
                }
            })
        });
        Self { ended, moved, stop }
    }

    /// A number that changes while it gets on.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Ends it.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end. Dropped half-way, it goes on where it was.
    ///
    /// # Errors
    /// Those of an [`End`]; `SANDBOX_LOST`, `ABORTED`.
    pub async fn ended(&mut self) -> Result<Copied> {
        let outcome = (&mut self.ended).await;
        outcome.unwrap_or_else(|error| Err(Error::new(Code::Internal, error.to_string())))
    }
}

impl Drop for Copying {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A source that can be given up half-way, so that the agent hears of it.
struct Abortable<S> {
    source: S,
    cancellation: Cancellation,
}

impl<S: Source> Source for Abortable<S> {
    fn fill(&mut self, frames: &mut Vec<u8>) -> Result<bool, Failure> {
        if self.cancellation.is_cancelled() {
            return Err(Failure { entry: Vec::new(), reason: Reason::Aborted });
        }
        self.source.fill(frames)
    }
}

async fn send_to(mut operation: Operation, mut source: impl Source, ends: Ends) -> Result<Copied> {
    let Operation { events, requests, .. } = &mut operation;
    let request = Request::Receive(copy::Receive { path: ends.path.clone(), limits: ends.limits });
    message::send(requests, &request).await.map_err(|error| broken(&error))?;
    let mut sent = Ok(Ok(()));
    let reply = tokio::select! {
        reply = events.next::<Reply>() => reply,
        // When the stream fails, it may be that the agent has answered and reads no more.
        outcome = send(&mut source, requests) => {
            sent = outcome;
            events.next().await
        }
    };
    let failed = |error: Error, copied: Copied| Err(with_copied(error, copied));
    match (sent, reply) {
        (Ok(Err(failure)), Ok(Some(Reply::Failed { copied, .. }))) => {
            failed(ends.host.error(ends.limits, failure), copied)
        }
        (Ok(Err(failure)), _) => Err(ends.host.error(ends.limits, failure)),
        (_, Ok(Some(Reply::Done(copied)))) => Ok(copied),
        (_, Ok(Some(Reply::Failed { failure: Some(failure), copied }))) => {
            failed(ends.sandbox.error(ends.limits, failure), copied)
        }
        (_, Ok(Some(Reply::Failed { failure: None, .. }) | None)) => Err(lost()),
        (_, Err(error)) => Err(broken(&error)),
    }
}

async fn receive_from(
    mut operation: Operation,
    path: PathBuf,
    ends: Ends,
    cancellation: Cancellation,
) -> Result<Copied> {
    let here = |reason| ends.host.error(ends.limits, Failure { entry: Vec::new(), reason });
    let mut receiver = Receiver::new(find(&path).map_err(system).map_err(here)?, ends.limits);
    let request = Request::Send(copy::Send { path: ends.path.clone(), limits: ends.limits });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    let outcome = tokio::select! {
        biased;
        () = cancellation.cancelled() => {
            receiver.abandon();
            return Err(with_copied(aborted(), receiver.copied()));
        }
        outcome = receive(&mut receiver, &mut operation.events) => outcome,
    };
    let error = match outcome {
        Ok(()) => return Ok(receiver.copied()),
        Err(Unfinished::Lost(error)) if error.kind() == io::ErrorKind::UnexpectedEof => lost(),
        Err(Unfinished::Lost(error)) => broken(&error),
        Err(Unfinished::Sender(failure)) => ends.sandbox.error(ends.limits, failure),
        Err(Unfinished::Receiver(failure)) => ends.host.error(ends.limits, failure),
    };
    Err(with_copied(error, receiver.copied()))
}

/// Where on the host a tree is to be. The way there is the caller's and followed; its last name is not, when it is a link.
fn find(path: &Path) -> Result<Target, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let path = std::path::absolute(path).map_err(|_| Errno::ENOENT)?;
    Target::find(
        &path,
        |path| openat(AT_FDCWD, path, flags | OFlag::O_NOFOLLOW, Mode::empty()),
        |parent| openat(AT_FDCWD, parent, flags, Mode::empty()),
    )
}

/// The caller wants no more of it.
#[must_use]
pub fn aborted() -> Error {
    Error::new(Code::Aborted, "the copy was aborted")
}

fn with_copied(error: Error, copied: Copied) -> Error {
    error.detail("copied", serde_json::json!({ "entries": copied.entries, "bytes": copied.bytes }))
}

#[cfg(test)]
mod tests;
