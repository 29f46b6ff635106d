use std::{io, sync::Arc};

use bollard::{body_full, body_try_stream, errors::Error as Failure};
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::BodyExt;
use hyper::body::Incoming;

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
pub struct Upload(Body);

impl Upload {
    /// An archive that is complete.
    #[must_use]
    pub fn complete(archive: Vec<u8>) -> Self {
        Self(body_full(Bytes::from(archive)))
    }

    /// An archive that is sent piece by piece.
    pub fn stream(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self(body_try_stream(pieces))
    }

    pub(super) fn into_body(self) -> Body {
        self.0
    }
}
