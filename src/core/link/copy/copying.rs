use std::{
    future::poll_fn,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use cofferdam_fstree::Source;
use cofferdam_protocol::copy::Copied;
use tokio::{
    runtime::Handle,
    task::{JoinHandle, spawn_blocking},
};

use super::{
    super::Operation,
    ends::Ends,
    failure::aborted,
    receive::receive_from,
    send::{Abortable, send_to},
};
use crate::{
    cancellation::Cancellation,
    error::{Code, Error, Result},
};

/// A copy in progress, on a thread that may block on disks. Dropping it ends the copy and removes its unfinished files.
pub struct Copying {
    ended: JoinHandle<Result<Copied>>,
    moved: Arc<AtomicU64>,
    stop: Cancellation,
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
            // Every poll is progress: the agent or the copy itself caused it.
            let counted = poll_fn(|cx| {
                turns.fetch_add(1, Ordering::Relaxed);
                work.as_mut().poll(cx)
            });
            runtime.block_on(async {
                tokio::select! {
                    biased;
                    // The caller has stopped waiting for the outcome.
                    () = stopped.cancelled() => Err(aborted()),
                    outcome = counted => outcome,
                }
            })
        });
        Self { ended, moved, stop }
    }

    /// A number that changes while the copy makes progress.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Ends the copy.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for the end of the copy. Cancel-safe.
    ///
    /// # Errors
    /// Those of an [`End`](super::End); `SANDBOX_LOST`, `ABORTED`.
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
