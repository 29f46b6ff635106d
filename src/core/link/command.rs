//! A command that runs in a sandbox, as the host sees it.

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
    connection::{Link, Operation, lost},
};

use crate::error::{Code, Error, Result};

/// A piece of output on its way to whoever listens.
#[derive(Debug)]
pub struct Chunk {
    /// Which stream it is from.
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

/// A command under way. Dropping it kills the command and all that it started.
#[derive(Debug)]
pub struct Running {
    operation: Operation,
    /// What of its input has not been sent.
    stdin: Option<Bytes>,
    /// Messages to the agent, and how much of them is sent.
    outgoing: Vec<u8>,
    sent: usize,
    stdout: Capture,
    stderr: Capture,
    listener: Option<mpsc::Sender<Chunk>>,
    blocked: bool,
}

impl Running {
    /// Asks the agent to run a command. Output also goes to the listener, if there is one: the command waits
    /// while it does not listen.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link has ended, `INVALID_ARGUMENT` when the request is too large.
    pub async fn start(
        link: &Link,
        request: Exec,
        stdin: Option<Bytes>,
        listener: Option<mpsc::Sender<Chunk>>,
    ) -> Result<Self> {
        let limit = request.output_limit;
        let outgoing = encode(&Request::Exec(request))?;
        let mut running = Self {
            operation: link.begin().await?,
            stdin,
            outgoing,
            sent: 0,
            stdout: Capture::new(limit),
            stderr: Capture::new(limit),
            listener,
            blocked: false,
        };
        // When the link ends just now, the first look at the command shows it.
        let _ = running.send().await;
        Ok(running)
    }

    /// Waits until something happens. Dropped half-way, it goes on where it was.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link ends or the agent does not keep to the protocol.
    pub async fn advance(&mut self) -> Result<Progress> {
        // An agent that has finished reads no more, and what it said last is still to come.
        if self.send().await.is_err() {
            self.outgoing.clear();
            self.sent = 0;
        }
        let place = match &self.listener {
            Some(listener) => {
                self.blocked = true;
                // Whoever listened may have left: the output is still counted.
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

    /// Asks the agent to kill the command; its end follows.
    pub fn kill(&mut self) {
        self.outgoing.extend(encode(&ExecInput::Kill).unwrap_or_default());
    }

    /// Whether output waits for its listener.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Takes the output so far, as (standard output, standard error); more is counted and not kept.
    pub fn output_so_far(&mut self) -> (Captured, Captured) {
        self.listener = None;
        let take = |capture: &mut Capture| std::mem::replace(capture, Capture::new(0)).finish(None);
        (take(&mut self.stdout), take(&mut self.stderr))
    }

    /// Ends it: the output so far, as (standard output, standard error).
    #[must_use]
    pub fn finish(self, exited: Option<&Exited>) -> (Captured, Captured) {
        (
            self.stdout.finish(exited.map(|exited| exited.stdout_bytes)),
            self.stderr.finish(exited.map(|exited| exited.stderr_bytes)),
        )
    }

    /// Answers a wish for input: the next piece, and its end together with the last one.
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
            .hint("write large data to a file, or give it as stdin")
    })
}

#[cfg(test)]
mod tests;
