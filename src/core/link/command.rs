//! A running command, as the host sees it.

use bytes::Bytes;
use cofferdam_protocol::{
    Request, SystemError,
    process::{Exec, ExecEvent, ExecInput, Exited, Output, Stage},
    wire::{limits::CHUNK, message},
};
use futures_util::io::AsyncWriteExt;
use tokio::sync::mpsc;

use super::{
    capture::{Capture, Captured},
    connection::{Operation, lost},
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
    /// Its program runs.
    Started,
    /// It could not be started.
    NotStarted(Stage, SystemError),
    /// There was output, or input was wanted.
    Moved,
    /// It has ended.
    Exited(Exited),
}

/// A command in progress. Dropping it kills the command and everything it started.
#[derive(Debug)]
pub struct Running {
    operation: Operation,
    /// The part of its input that has not been sent.
    stdin: Option<Bytes>,
    /// Messages to the agent, and how much of them has been sent.
    outgoing: Vec<u8>,
    sent: usize,
    stdout: Capture,
    stderr: Capture,
    listener: Option<mpsc::Sender<Chunk>>,
    blocked: bool,
}

impl Running {
    /// Asks the agent to run a command. Output also goes to the listener, if there is one; the command is blocked while
    /// the listener is not ready.
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
        let outgoing = encode(&Request::Exec(request))?;
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

    /// Waits until something happens. Safe to drop and call again.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link ends or the agent breaks the protocol.
    pub async fn advance(&mut self) -> Result<Progress> {
        // An agent that has finished does not read on, and its last messages are still to come.
        if self.send().await.is_err() {
            self.outgoing.clear();
            self.sent = 0;
        }
        let place = match &self.listener {
            Some(listener) => {
                self.blocked = true;
                // The listener may have gone; the output is still counted.
                let place = listener.reserve().await.ok();
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
            Ok(None) => Err(lost()),
            Err(error) => Err(lost().detail("reason", error.to_string())),
        }
    }

    /// Asks the agent to kill the command. Its end is reported as usual.
    pub fn kill(&mut self) {
        self.outgoing.extend(encode(&ExecInput::Kill).unwrap_or_default());
    }

    /// Whether output waits for its listener.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Takes the output so far, as (standard output, standard error). Later output is counted and not kept.
    pub fn output_so_far(&mut self) -> (Captured, Captured) {
        self.listener = None;
        let take = |capture: &mut Capture| std::mem::replace(capture, Capture::new(0)).finish(None);
        (take(&mut self.stdout), take(&mut self.stderr))
    }

    /// Ends it, and returns the output so far as (standard output, standard error).
    #[must_use]
    pub fn finish(self, exited: Option<&Exited>) -> (Captured, Captured) {
        (
            self.stdout.finish(exited.map(|exited| exited.stdout_bytes)),
            self.stderr.finish(exited.map(|exited| exited.stderr_bytes)),
        )
    }

    /// Sends the next piece of input, and the end of the input together with the last piece.
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

fn encode<T: serde::Serialize>(message: &T) -> Result<Vec<u8>> {
    message::encode(message).map_err(|_| {
        Error::new(Code::InvalidArgument, "command, arguments and environment together are too large")
            .hint("write large data to a file, or pass it as stdin")
    })
}

#[cfg(test)]
mod tests;
