//! The runtime of all I/O and background tasks.

use std::future::Future;

use once_cell::sync::Lazy;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// One worker is enough, because tasks only copy bytes for a few microseconds between waits, and messages that stay on one
/// thread arrive sooner. Blocking calls have threads of their own.
const WORKERS: usize = 1;

/// Lives as long as the process. A runtime that belongs to a Node environment would be dropped when the addon is unloaded, which
/// deadlocks.
static RUNTIME: Lazy<Option<Runtime>> = Lazy::new(|| {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("cofferdam")
        .enable_io()
        .enable_time()
        .build()
        .ok()
});

/// Runs a task. `None` if the system could not start the runtime's thread.
pub fn spawn<F>(future: F) -> Option<JoinHandle<F::Output>>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    RUNTIME.as_ref().map(|runtime| runtime.spawn(future))
}
