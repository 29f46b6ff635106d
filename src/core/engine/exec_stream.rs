use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use cofferdam_protocol::process::Output;
use futures_util::io::{AsyncRead, AsyncWrite};

use super::{
    Engine,
    api::exec::{self, Attached, ExecSpec, Piece},
};
use crate::error::Result;

/// How much output to read from the process at once, in bytes.
const READ_BUFFER: usize = 256 * 1024;

/// How much of the process's standard error to keep, in bytes.
const MAX_COMPLAINT: usize = 1024;

/// The standard input and output of a process that the engine runs, as one byte stream.
pub struct ExecStream {
    process: Attached,
    unread: Bytes,
    complaint: Vec<u8>,
}

impl Engine {
    /// Runs a program as root in a running container and attaches to its standard streams.
    ///
    /// # Errors
    /// `NOT_FOUND` if the container does not exist, `CONFLICT` if it is not running; those of any call.
    pub async fn attach_exec(&self, container: &str, command: Vec<&str>) -> Result<ExecStream> {
        let spec = ExecSpec {
            command: command.into_iter().map(str::to_owned).collect(),
            user: Some("0:0".to_owned()),
            working_dir: Some("/".to_owned()),
            stdin: true,
            ..ExecSpec::default()
        };
        let exec = exec::create(self, container, spec).await?;
        let process = exec::start(self, &exec, READ_BUFFER).await?;
        Ok(ExecStream { process, unread: Bytes::new(), complaint: Vec::new() })
    }
}

impl ExecStream {
    /// The beginning of the process's standard error, which says why it failed.
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
            match ready!(self.process.output.as_mut().poll_next(cx)) {
                None => return Poll::Ready(Ok(0)),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                Some(Ok(Piece { stream: Output::Stderr, data })) => {
                    let room = MAX_COMPLAINT.saturating_sub(self.complaint.len());
                    self.complaint.extend(data.into_iter().take(room));
                }
                Some(Ok(Piece { stream: Output::Stdout, data })) => self.unread = data,
            }
        }
        let count = self.unread.len().min(buffer.len());
        self.unread.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for ExecStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.process.input.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.process.input.as_mut().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.process.input.as_mut().poll_shutdown(cx)
    }
}
