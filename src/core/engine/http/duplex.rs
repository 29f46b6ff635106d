use std::{io, sync::Arc};

use bollard::errors::Error as Failure;
use bytes::{Bytes, BytesMut};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};

use crate::engine::{discovery::endpoint::Endpoint, failure::translate};
use crate::error::Result;

/// How much to read at once, in bytes.
const READ_BUFFER: usize = 64 * 1024;

/// A connection that the engine has turned into a stream in both directions.
pub struct Duplex {
    what: &'static str,
    endpoint: Arc<Endpoint>,
    upgraded: TokioIo<Upgraded>,
}

/// What the engine sends.
pub struct DuplexReader {
    what: &'static str,
    endpoint: Arc<Endpoint>,
    half: ReadHalf<TokioIo<Upgraded>>,
}

/// What is sent to the engine.
pub struct DuplexWriter {
    what: &'static str,
    endpoint: Arc<Endpoint>,
    half: WriteHalf<TokioIo<Upgraded>>,
}

impl Duplex {
    pub(super) fn new(what: &'static str, endpoint: Arc<Endpoint>, upgraded: TokioIo<Upgraded>) -> Self {
        Self { what, endpoint, upgraded }
    }

    /// Both directions by themselves. Dropping both closes the connection.
    pub fn split(self) -> (DuplexReader, DuplexWriter) {
        let Self { what, endpoint, upgraded } = self;
        let (read, write) = split(upgraded);
        let reader = DuplexReader { what, endpoint: Arc::clone(&endpoint), half: read };
        (reader, DuplexWriter { what, endpoint, half: write })
    }
}

impl DuplexReader {
    /// The next bytes; `None` at the end. Cancel safe.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let mut buffer = BytesMut::with_capacity(READ_BUFFER);
        match self.half.read_buf(&mut buffer).await {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(buffer.freeze())),
            Err(error) => Err(translate(self.what, Failure::from(error), &self.endpoint)),
        }
    }
}

impl DuplexWriter {
    /// Writes all of it; `false` if nobody reads any more.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<bool> {
        let mut written = self.half.write_all(bytes).await;
        if written.is_ok() {
            written = self.half.flush().await;
        }
        self.unless_over(written)
    }

    /// Ends this direction.
    ///
    /// # Errors
    /// As [`DuplexWriter::write`].
    pub async fn end(&mut self) -> Result<()> {
        let ended = self.half.shutdown().await;
        self.unless_over(ended).map(drop)
    }

    fn unless_over(&self, outcome: io::Result<()>) -> Result<bool> {
        match outcome {
            Ok(()) => Ok(true),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::NotConnected
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(translate(self.what, Failure::from(error), &self.endpoint)),
        }
    }
}
