use std::future::Future;

use cofferdam_core::{Cancellation, Code, Error, Result};
use napi_derive::napi;

/// An `AbortSignal` for the core.
#[napi(js_name = "Cancellation")]
#[derive(Default)]
pub struct JsCancellation(Cancellation);

#[napi]
impl JsCancellation {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the calls that were given this.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl JsCancellation {
    /// The core's cancellation; without a signal, one that is never cancelled.
    pub fn inner(given: Option<&Self>) -> Cancellation {
        given.map(|given| given.0.clone()).unwrap_or_default()
    }
}

/// Runs `work` until it ends or is cancelled. Cancelled work is dropped.
pub async fn unless_cancelled<T>(
    cancellation: Cancellation,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        biased;
        () = cancellation.cancelled() => Err(Error::new(Code::Aborted, "the call was aborted")),
        outcome = work => outcome,
    }
}
