use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bollard::{body_full, body_try_stream, errors::Error as Failure};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, stream};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::{sync::mpsc, task::yield_now, time::Instant};

use crate::engine::{discovery::endpoint::Endpoint, failure::translate, transport::wire::Body};
use crate::error::{Error, Result};

/// The body of an answer, read as it arrives. Nothing is read before [`BodyStream::next`] asks for it; dropping the
/// stream closes the connection.
pub struct BodyStream {
    what: &'static str,
    endpoint: Arc<Endpoint>,
    body: Incoming,
    /// What [`BodyStream::next_batch`] has gathered, and the failure that ended it.
    batch: BytesMut,
    failure: Option<Error>,
}

impl BodyStream {
    pub(super) fn new(what: &'static str, endpoint: Arc<Endpoint>, body: Incoming) -> Self {
        Self { what, endpoint, body, batch: BytesMut::new(), failure: None }
    }

    /// The next bytes; `None` at the end. Cancel safe.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        match self.body.frame().await {
            // Trailers carry no data.
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(error)) => Err(translate(self.what, Failure::from(error), &self.endpoint)),
            None => Ok(None),
        }
    }

    /// The next bytes, and what else has arrived by then, up to about `size`; `None` at the end. Cancel safe.
    ///
    /// # Errors
    /// As [`BodyStream::next`].
    pub async fn next_batch(&mut self, size: usize) -> Result<Option<Bytes>> {
        while self.batch.len() < size && self.failure.is_none() {
            let next = if self.batch.is_empty() {
                self.next().await
            } else {
                // Lets the connection read on before it is asked once more.
                yield_now().await;
                match self.next().now_or_never() {
                    Some(next) => next,
                    None => break,
                }
            };
            match next {
                Ok(Some(data)) => self.batch.extend_from_slice(&data),
                Ok(None) => break,
                Err(error) => self.failure = Some(error),
            }
        }
        match (self.batch.is_empty(), self.failure.take()) {
            (true, Some(error)) => Err(error),
            (true, None) => Ok(None),
            (false, failure) => {
                self.failure = failure;
                Ok(Some(self.batch.split().freeze()))
            }
        }
    }

    /// What the request was for, as in "start a container".
    pub(super) fn what(&self) -> &'static str {
        self.what
    }
}

/// The body of a request: a tar archive, sent at once or while it is made.
pub struct Upload(Body, Option<Activity>);

/// When something last happened to a body: a slow upload is no silence, and neither is a wait for its next piece.
#[derive(Debug, Clone)]
pub struct Activity(Arc<Mutex<State>>);

#[derive(Debug)]
enum State {
    /// The last piece was taken then.
    Taken(Instant),
    /// The next piece is not there yet.
    Waiting,
}

impl Activity {
    fn begin() -> Self {
        Self(Arc::new(Mutex::new(State::Taken(Instant::now()))))
    }

    fn note(&self, state: State) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The time of it.
    pub(super) fn last(&self) -> Instant {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Taken(last) => last,
            State::Waiting => Instant::now(),
        }
    }
}

impl Upload {
    /// An archive that is complete.
    #[must_use]
    pub fn complete(archive: Vec<u8>) -> Self {
        Self(body_full(Bytes::from(archive)), None)
    }

    /// An archive whose pieces others send. An error among them breaks the request off.
    #[must_use]
    pub fn received(pieces: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        let activity = Activity::begin();
        let noted = activity.clone();
        let next = move |mut pieces: mpsc::Receiver<_>| {
            let noted = noted.clone();
            async move {
                noted.note(State::Waiting);
                let piece = pieces.recv().await;
                noted.note(State::Taken(Instant::now()));
                Some((piece?, pieces))
            }
        };
        Self(body_try_stream(stream::unfold(pieces, next)), Some(activity))
    }

    pub(super) fn into_parts(self) -> (Body, Option<Activity>) {
        (self.0, self.1)
    }
}
