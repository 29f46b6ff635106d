//! Bytes that come from the engine, and bytes that go to it, piece by piece.

use std::io;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::{
    engine::http::{BodyStream, Upload},
    error::Result,
};

/// How much to hand over at once, in bytes.
const BATCH: usize = 512 * 1024;

/// How many pieces may wait for the engine.
const BACKLOG: usize = 8;

/// Bytes of the engine, read as they are asked for. Dropping them closes the connection.
pub struct Download(BodyStream);

impl Download {
    pub(super) fn new(body: BodyStream) -> Self {
        Self(body)
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        self.0.next_batch(BATCH).await
    }
}

/// The end that pieces are sent to. An error among them breaks the call off; dropping it ends them.
pub type Pieces = mpsc::Sender<io::Result<Bytes>>;

/// An archive that is sent to the engine while its pieces come.
pub struct Archive(mpsc::Receiver<io::Result<Bytes>>);

/// Both ends of an archive.
#[must_use]
pub fn archive() -> (Pieces, Archive) {
    let (sender, receiver) = mpsc::channel(BACKLOG);
    (sender, Archive(receiver))
}

impl Archive {
    pub(super) fn upload(self) -> Upload {
        Upload::received(self.0)
    }
}
