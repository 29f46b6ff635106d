use std::{
    io,
    sync::{Mutex as StdMutex, PoisonError},
};

use futures_util::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::Mutex;
use yamux::Stream;

use crate::{
    cancellation::Cancellation,
    error::{Code, Error, Result},
    link::{Permit, port},
};

/// How much is read at once, in bytes.
const BUFFER: usize = 64 * 1024;

/// A connection to a port that is read and written by different tasks.
pub struct PortConnection {
    incoming: Mutex<Option<ReadHalf<Stream>>>,
    outgoing: Mutex<Option<WriteHalf<Stream>>>,
    closed: Cancellation,
    permit: StdMutex<Option<Permit>>,
}

impl PortConnection {
    /// A connection that was just opened.
    #[must_use]
    pub fn new(port::Connection { incoming, outgoing, permit }: port::Connection) -> Self {
        Self {
            incoming: Mutex::new(Some(incoming)),
            outgoing: Mutex::new(Some(outgoing)),
            closed: Cancellation::default(),
            permit: StdMutex::new(Some(permit)),
        }
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// `SANDBOX_LOST`.
    pub async fn next(&self) -> Result<Vec<u8>> {
        let mut incoming = self.incoming.lock().await;
        let Some(stream) = incoming.as_mut() else { return Ok(Vec::new()) };
        let mut buffer = vec![0; BUFFER];
        let read = tokio::select! {
            () = self.closed.cancelled() => Ok(0),
            read = stream.read(&mut buffer) => read,
        };
        if self.closed.is_cancelled() {
            *incoming = None;
        }
        buffer.truncate(read.map_err(|error| reset(&error))?);
        Ok(buffer)
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// `CONFLICT` with the detail `errno` `EPIPE` when it was closed; `SANDBOX_LOST`.
    pub async fn write(&self, data: &[u8]) -> Result<()> {
        let mut outgoing = self.outgoing.lock().await;
        let Some(stream) = outgoing.as_mut() else {
            return Err(Error::new(Code::Conflict, "the connection is closed").detail("errno", "EPIPE"));
        };
        tokio::select! {
            () = self.closed.cancelled() => *outgoing = None,
            sent = async {
                stream.write_all(data).await?;
                stream.flush().await
            } => sent.map_err(|error| reset(&error))?,
        }
        Ok(())
    }

    /// Ends what is sent.
    pub async fn end(&self) {
        if let Some(stream) = self.outgoing.lock().await.as_mut() {
            // The other side may be gone.
            let _ = stream.close().await;
        }
    }

    /// Aborts the connection, and every call in progress.
    pub fn close(&self) {
        self.closed.cancel();
        drop(self.permit.lock().unwrap_or_else(PoisonError::into_inner).take());
        // Calls in progress drop the halves that they hold.
        if let Ok(mut incoming) = self.incoming.try_lock() {
            *incoming = None;
        }
        if let Ok(mut outgoing) = self.outgoing.try_lock() {
            *outgoing = None;
        }
    }
}

fn reset(error: &io::Error) -> Error {
    Error::new(Code::SandboxLost, "the connection to the sandbox was lost")
        .detail("reason", error.to_string())
}
