use std::sync::Arc;

use cofferdam_core::{Cancellation, Code, Error, Result};
use tokio::sync::Mutex;

/// A stream of the core that ends when it is closed, or fails when its manager is closed.
pub struct Source<T> {
    inner: Arc<Mutex<Option<T>>>,
    closed: Cancellation,
    closing: Cancellation,
}

impl<T: Send + 'static> Source<T> {
    pub fn new(inner: T, closing: Cancellation) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(inner))), closed: Cancellation::default(), closing }
    }

    pub fn close(&self) {
        self.closed.cancel();
        // If a read is pending, it drops the inner stream when it is woken.
        if let Ok(mut inner) = self.inner.try_lock() {
            *inner = None;
        }
    }

    /// Reads on; `none` once it is closed.
    pub async fn next<R>(self, read: impl AsyncFnOnce(&mut T) -> Result<R>, none: R) -> Result<R> {
        let mut inner = self.inner.lock().await;
        let Some(source) = inner.as_mut() else { return Ok(none) };
        let outcome = tokio::select! {
            biased;
            () = self.closed.cancelled() => Ok(none),
            () = self.closing.cancelled() => Err(closed()),
            outcome = read(source) => return outcome,
        };
        // This closes the connection.
        *inner = None;
        outcome
    }
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), closed: self.closed.clone(), closing: self.closing.clone() }
    }
}

/// The error of calls to a closed manager.
pub fn closed() -> Error {
    Error::new(Code::Closed, "the manager was closed")
}
