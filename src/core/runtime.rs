//! The runtime that owns all input, output and background tasks.

use std::future::Future;

use once_cell::sync::Lazy;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// One worker: what passes here is a few microseconds of copying between waits, and a message that need not
/// change threads arrives sooner. Blocking file system calls have threads of their own.
const WORKERS: usize = 1;

/// Lives as long as the process: one that belongs to a Node environment ends with the last worker thread that
/// loaded the addon, and dropping it while the addon is unloaded deadlocks.
static RUNTIME: Lazy<Option<Runtime>> = Lazy::new(|| {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("cofferdam")
        .enable_io()
        .enable_time()
        .build()
        .ok()
});

/// Runs a task. `None` where the system gives no thread to run it on.
pub fn spawn<F>(future: F) -> Option<JoinHandle<F::Output>>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    RUNTIME.as_ref().map(|runtime| runtime.spawn(future))
}
