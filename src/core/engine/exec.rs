//! Processes that the engine runs in a container, with their standard streams attached.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bollard::{
    container::LogOutput,
    errors::Error as Failure,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
};
use bytes::{Buf, Bytes};
use futures_util::{
    Stream,
    io::{AsyncRead, AsyncWrite},
};

use super::Engine;
use crate::error::{Code, Error, Result};

/// How much is read from the process at once, in bytes.
const READ_BUFFER: usize = 256 * 1024;

/// How much of the process's standard error is kept, in bytes.
const MAX_COMPLAINT: usize = 1024;

/// The standard input and output of a process that the engine runs, as one byte stream.
pub struct ExecStream {
    output: Pin<Box<dyn Stream<Item = std::result::Result<LogOutput, Failure>> + Send>>,
    input: Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    unread: Bytes,
    complaint: Vec<u8>,
}

impl Engine {
    /// Runs a program as root in a running container and attaches to its standard streams.
    ///
    /// # Errors
    /// `NOT_FOUND` and `CONFLICT` when the container does not exist or does not run; those of any call.
    pub async fn attach_exec(&self, container: &str, command: Vec<&str>) -> Result<ExecStream> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command),
            user: Some("0:0"),
            working_dir: Some("/"),
            ..Default::default()
        };
        let exec = self.call("create an exec", self.docker().create_exec(container, options)).await?;
        let options = StartExecOptions { detach: false, tty: false, output_capacity: Some(READ_BUFFER) };
        match self.call("start an exec", self.docker().start_exec(&exec.id, Some(options))).await? {
            StartExecResults::Attached { output, input } => {
                Ok(ExecStream { output, input, unread: Bytes::new(), complaint: Vec::new() })
            }
            StartExecResults::Detached => {
                Err(Error::new(Code::Internal, "the engine detached from an exec it was told to attach to"))
            }
        }
    }
}

impl ExecStream {
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
