//! The host's view of a running command.

use bytes::Bytes;
use cofferdam_protocol::{
    Request, SystemError,
    process::{self, Exec, ExecEvent, ExecInput, Exited, Output, Stage},
    wire::{
        limits::{CHUNK, MAX_MESSAGE},
        message,
    },
};
use futures_util::io::AsyncWriteExt;
use tokio::sync::mpsc;

use super::{
    Operation,
    capture::{Capture, Captured},
    failure::{broken, lost, violated},
};
use crate::error::{Code, Error, Result};

/// A piece of output for a listener.
#[derive(Debug)]
pub struct Chunk {
    /// The stream it was written to.
    pub stream: Output,
    /// The bytes.
    pub data: Vec<u8>,
}

/// What happened to a command.
#[derive(Debug)]
pub enum Progress {
    /// Its program is running.
    Started,
    /// It could not be started.
    NotStarted(Stage, SystemError),
    /// It produced output or asked for input.
    Moved,
    /// It has ended.
    Exited(Exited),
}

/// A command in progress. Dropping it kills the command and everything it started.
#[derive(Debug)]
pub struct Running {
    operation: Operation,
    /// The input that has not been sent yet.
    stdin: Option<Bytes>,
    /// Messages to the agent, and how many of their bytes have been sent.
    outgoing: Vec<u8>,
    sent: usize,
    stdout: Capture,
    stderr: Capture,
    listener: Option<mpsc::Sender<Chunk>>,
    blocked: bool,
}

impl Running {
    /// Asks the agent to run a command. Output is also passed to `listener`; the command is blocked while the listener is
    /// not ready.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the request is too large.
    pub async fn start(
        operation: Operation,
        request: Exec,
        stdin: Option<Bytes>,
        listener: Option<mpsc::Sender<Chunk>>,
    ) -> Result<Self> {
        let limit = request.output_limit;
        let outgoing = encode(&Request::Process(process::Request::Exec(request)))?;
        let mut running = Self {
            operation,
            stdin,
            outgoing,
            sent: 0,
            stdout: Capture::new(limit),
            stderr: Capture::new(limit),
            listener,
            blocked: false,
        };
        // If the link ends now, `advance` reports it.
        let _ = running.send().await;
        Ok(running)
    }

    /// Waits until something happens. Cancel-safe.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link ends or the agent violates the protocol.
    pub async fn advance(&mut self) -> Result<Progress> {
        // An agent that has finished stops reading. Its last messages still arrive.
        if self.send().await.is_err() {
            self.outgoing.clear();
            self.sent = 0;
        }
        let place = match &self.listener {
            Some(listener) => {
                self.blocked = true;
                // Without its listener, output is still counted. One that never reads must not hide the end of the link.
                let place = tokio::select! {
                    biased;
                    place = listener.reserve() => place.ok(),
                    () = self.operation.link_ended() => None,
                };
                self.blocked = false;
                place
            }
            None => None,
        };
        match self.operation.events.next().await {
            Ok(Some(ExecEvent::Started)) => Ok(Progress::Started),
            Ok(Some(ExecEvent::NotStarted { stage, error })) => Ok(Progress::NotStarted(stage, error)),
            Ok(Some(ExecEvent::StdinWanted)) => {
                drop(place);
                self.feed()?;
                Ok(Progress::Moved)
            }
            Ok(Some(ExecEvent::Output { stream, data })) => {
                match stream {
                    Output::Stdout => self.stdout.push(data),
                    Output::Stderr => self.stderr.push(data),
                }
                if let Some(place) = place {
                    place.send(Chunk { stream, data: data.to_vec() });
                }
                Ok(Progress::Moved)
            }
            Ok(Some(ExecEvent::Tail { stream, data })) => {
                match stream {
                    Output::Stdout => self.stdout.push_tail(data),
                    Output::Stderr => self.stderr.push_tail(data),
                }
                Ok(Progress::Moved)
            }
            Ok(Some(ExecEvent::Exited(exited))) => Ok(Progress::Exited(exited)),
            Ok(Some(
                ExecEvent::Attached(_)
                | ExecEvent::Control(_)
                | ExecEvent::Gap { .. }
                | ExecEvent::Unknown { .. },
            )) => Err(violated("the agent answered a command as a process with a handle")),
            Ok(None) => Err(lost()),
            Err(error) => Err(broken(&error)),
        }
    }

    /// Asks the agent to kill the command. `advance` reports its end as usual.
    pub fn kill(&mut self) {
        self.outgoing.extend(encode(&ExecInput::Kill).unwrap_or_default());
    }

    /// Whether the command waits for the listener.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Takes the output so far, as (standard output, standard error). Later output is counted but not kept.
    pub fn output_so_far(&mut self) -> (Captured, Captured) {
        self.listener = None;
        let take = |capture: &mut Capture| std::mem::replace(capture, Capture::new(0)).finish(None);
        (take(&mut self.stdout), take(&mut self.stderr))
    }

    /// Stops following the command and returns its output as (standard output, standard error).
    #[must_use]
    pub fn finish(self, exited: Option<&Exited>) -> (Captured, Captured) {
        (
            self.stdout.finish(exited.map(|exited| exited.stdout_bytes)),
            self.stderr.finish(exited.map(|exited| exited.stderr_bytes)),
        )
    }

    /// Queues the next piece of input. The end of the input follows the last piece at once.
    fn feed(&mut self) -> Result<()> {
        let Some(stdin) = &mut self.stdin else { return Ok(()) };
        let chunk = stdin.split_to(stdin.len().min(CHUNK));
        if !chunk.is_empty() {
            self.outgoing.extend(encode(&ExecInput::Stdin(&chunk))?);
        }
        if stdin.is_empty() {
            self.outgoing.extend(encode(&ExecInput::StdinEnd)?);
            self.stdin = None;
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        while let Some(rest @ [_, ..]) = self.outgoing.get(self.sent..) {
            self.sent += self.operation.requests.write(rest).await.map_err(|_| lost())?;
        }
        self.outgoing.clear();
        self.sent = 0;
        Ok(())
    }
}

/// Encodes a request, or the error for one that is too large.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub(super) fn encode<T: serde::Serialize>(message: &T) -> Result<Vec<u8>> {
    message::encode(message).map_err(|_| {
        let message =
            format!("the command, its arguments and its environment together exceed {MAX_MESSAGE} bytes");
        Error::new(Code::InvalidArgument, message).hint("write large data to a file, or pass it as stdin")
    })
}

#[cfg(test)]
mod tests;
