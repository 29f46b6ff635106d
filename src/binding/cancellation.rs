use std::future::Future;

use cofferdam_core::{Cancellation, Code, Error, Result};
use napi_derive::napi;

/// What an `AbortSignal` is to the core.
#[napi(js_name = "Cancellation")]
#[derive(Default)]
pub struct JsCancellation(Cancellation);

#[napi]
impl JsCancellation {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the calls that were given this.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl JsCancellation {
    /// The core's part of it; one that never comes, when there is none.
    pub fn inner(given: Option<&Self>) -> Cancellation {
        given.map(|given| given.0.clone()).unwrap_or_default()
    }
}

/// Does the work unless it is cancelled; what was begun ends then.
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
