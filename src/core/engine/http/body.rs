use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use bollard::{body_full, body_try_stream, errors::Error as Failure};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::engine::{discovery::endpoint::Endpoint, failure::translate, transport::wire::Body};
use crate::error::Result;

/// The body of an answer, read as it arrives. Nothing is read before [`BodyStream::next`] asks for it; dropping the
/// stream closes the connection.
pub struct BodyStream {
    pub(super) what: &'static str,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) body: Incoming,
}

impl BodyStream {
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

    /// What the request was for, as in "start a container".
    pub(super) fn what(&self) -> &'static str {
        self.what
    }
}

/// The body of a request: a tar archive, sent at once or while it is made.
pub struct Upload(Body, Option<Activity>);

/// When the last piece of a body was taken: a slow upload is no silence.
#[derive(Debug, Clone)]
pub struct Activity(Arc<Mutex<Instant>>);

impl Activity {
    fn begin() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// The time of it.
    pub(super) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upload {
    /// An archive that is complete.
    #[must_use]
    pub fn complete(archive: Vec<u8>) -> Self {
        Self(body_full(Bytes::from(archive)), None)
    }

    /// An archive that is sent piece by piece.
    pub fn stream(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        let activity = Activity::begin();
        let noted = activity.clone();
        Self(body_try_stream(pieces.inspect(move |_| noted.note())), Some(activity))
    }

    pub(super) fn into_parts(self) -> (Body, Option<Activity>) {
        (self.0, self.1)
    }
}
