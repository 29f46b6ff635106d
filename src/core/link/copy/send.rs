use cofferdam_fstree::{Source, send};
use cofferdam_protocol::{
    Request,
    copy::{self, Copied, Failure, Reason, Reply},
    wire::message,
};

use super::{
    super::{
        Operation,
        failure::{broken, lost},
    },
    ends::Ends,
    failure::with_copied,
};
use crate::{
    cancellation::Cancellation,
    error::{Error, Result},
};

/// A source that can be cancelled half-way. The agent is told.
pub struct Abortable<S> {
    /// The source.
    pub source: S,
    /// Cancels it.
    pub cancellation: Cancellation,
}

impl<S: Source> Source for Abortable<S> {
    fn fill(&mut self, messages: &mut Vec<u8>) -> Result<bool, Failure> {
        if self.cancellation.is_cancelled() {
            return Err(Failure { entry: Vec::new(), reason: Reason::Aborted });
        }
        self.source.fill(messages)
    }
}

/// Sends a tree into the sandbox.
pub async fn send_to(mut operation: Operation, mut source: impl Source, ends: Ends) -> Result<Copied> {
    let Operation { events, requests, .. } = &mut operation;
    let request = Request::Receive(copy::Receive { path: ends.path.clone(), limits: ends.limits });
    message::send(requests, &request).await.map_err(|error| broken(&error))?;
    let mut sent = Ok(Ok(()));
    let reply = tokio::select! {
        reply = events.next::<Reply>() => reply,
        // If the stream fails, the agent may have replied and stopped reading.
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
