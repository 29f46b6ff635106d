use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bollard::{container::LogOutput, errors::Error as Failure};
use bytes::{Buf, Bytes};
use futures_util::{
    Stream,
    io::{AsyncRead, AsyncWrite},
};

/// How much of a bridge's standard error is kept, in bytes.
const MAX_COMPLAINT: usize = 1024;

/// The standard input and output of a process that the engine runs, as one byte stream.
pub struct ExecStream {
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, Failure>> + Send>>,
    input: Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    unread: Bytes,
    complaint: Vec<u8>,
}

impl ExecStream {
    /// Joins the two halves that the client gives.
    pub fn new(
        output: Pin<Box<dyn Stream<Item = Result<LogOutput, Failure>> + Send>>,
        input: Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    ) -> Self {
        Self { output, input, unread: Bytes::new(), complaint: Vec::new() }
    }

    /// What the process has written to its standard error: why it failed, if it did.
    pub fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.complaint).trim().to_owned()
    }
}

impl AsyncRead for ExecStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        while self.unread.is_empty() {
            match ready!(self.output.as_mut().poll_next(cx)) {
                None => return Poll::Ready(Ok(0)),
                Some(Err(failure)) => return Poll::Ready(Err(io::Error::other(failure))),
                Some(Ok(LogOutput::StdErr { message })) => {
                    let room = MAX_COMPLAINT.saturating_sub(self.complaint.len());
                    self.complaint.extend(message.into_iter().take(room));
                }
                Some(Ok(LogOutput::StdOut { message } | LogOutput::Console { message })) => {
                    self.unread = message;
                }
                Some(Ok(LogOutput::StdIn { .. })) => {}
            }
        }
        let count = self.unread.len().min(buffer.len());
        self.unread.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for ExecStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.input.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_shutdown(cx)
    }
}
