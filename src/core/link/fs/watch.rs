//! Watching files.

use cofferdam_protocol::fs::{
    self,
    watch::{Event, MAX_CHANGES, Watch},
};

use super::{
    super::{Operation, failure::violated, file::TOO_MUCH},
    Subject,
    answers::{answer, ask},
};
use crate::error::Result;

/// A watch. Dropping it ends it.
#[derive(Debug)]
pub struct Watching {
    operation: Operation,
    request: Watch,
}

impl Watching {
    /// Asks for a watch. [`Event::Watching`] is its first event.
    ///
    /// # Errors
    /// `SANDBOX_LOST`.
    pub async fn begin(mut operation: Operation, request: Watch) -> Result<Self> {
        ask(&mut operation, fs::Request::Watch(request.clone())).await?;
        Ok(Self { operation, request })
    }

    /// The next event. Cancel-safe.
    ///
    /// # Errors
    /// `FILE_ERROR` when it can't be watched, or not any longer; `SANDBOX_LOST`.
    pub async fn next(&mut self) -> Result<Event> {
        match answer(&mut self.operation).await? {
            Event::Failed(failure) => {
                Err(Subject::new("watch", &self.request.path, u64::MAX).failed(failure))
            }
            Event::Changes(changes) if changes.len() > MAX_CHANGES => Err(violated(TOO_MUCH)),
            event => Ok(event),
        }
    }
}
