//! Moves the input and output of one process.

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_protocol::{
    process::{
        ExecInput, Exited, Output, Request,
        handle::{Attach, Attached, Position},
    },
    wire::limits::CHUNK,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    piece::{Content, Piece},
    result::ProcessResult,
};
use crate::{
    container::{Connection, loss},
    error::{Code, Error, Result},
    link::process::{Following, Report},
};

/// How a process ended, or why that is not known.
pub type Outcome = Result<ProcessResult>;

/// What is sent to a process.
pub enum Input {
    /// Bytes; tells when the last of them is on its way.
    Data(Bytes, oneshot::Sender<()>),
    /// The end of its input.
    End,
}

/// Moves input and output until the process ends or its handle is dropped.
pub struct Driver {
    following: Following,
    attached: Attached,
    inputs: mpsc::Receiver<Input>,
    output: Option<mpsc::Sender<Piece>>,
    /// What comes next of the input.
    pending: Option<Input>,
    /// Whether the process has read its input so far.
    wanted: bool,
}

impl Driver {
    /// For a process that is attached.
    pub fn new(
        following: Following,
        attached: Attached,
        inputs: mpsc::Receiver<Input>,
        output: mpsc::Sender<Piece>,
    ) -> Self {
        Self { following, attached, inputs, output: Some(output), pending: None, wanted: false }
    }

    /// Runs until the process has ended or nobody holds its handle.
    pub async fn run(mut self, connection: Arc<Connection>, outcome: watch::Sender<Option<Outcome>>) {
        let _busy = connection.begin();
        let ended = connection.unless_closed(self.follow(&connection)).await;
        connection.touch();
        let ended = match ended {
            Ok(None) => return,
            Ok(Some(exited)) => Ok(ProcessResult::from(&exited)),
            Err(error) => Err(error),
        };
        // Set before the output ends: who sees its end finds the outcome.
        outcome.send_replace(Some(ended));
        drop(self);
    }

    /// Follows the process, over a new link if the old one ends while the container runs on; `None` when nobody holds its handle.
    async fn follow(&mut self, connection: &Connection) -> Result<Option<Exited>> {
        let ends = connection.ends();
        loop {
            let lost = match self.drive().await {
                Err(lost) if lost.code() == Code::SandboxLost => lost,
                outcome => return outcome,
            };
            let lost = loss::explain(connection.definition(), lost).await;
            // A container that this process is about to stop must not be started for it.
            let is_there = loss::still_runs(&lost) && connection.ends() == ends;
            if !is_there || !self.attached.process.detached || !self.reattach(connection).await? {
                return Err(lost);
            }
        }
    }

    async fn drive(&mut self) -> Result<Option<Exited>> {
        loop {
            self.feed()?;
            // Without a reader, output is only counted.
            let place = async {
                match &self.output {
                    Some(output) => output.clone().reserve_owned().await.ok(),
                    None => None,
                }
            };
            let report = tokio::select! {
                input = self.inputs.recv(), if self.pending.is_none() => {
                    let Some(input) = input else { return Ok(None) };
                    self.pending = Some(input);
                    continue;
                }
                report = self.following.next(place) => report?,
            };
            match report {
                (_, Report::Exited(exited)) => return Ok(Some(exited)),
                (_, Report::StdinWanted) => self.wanted = true,
                (place, Report::Output(stream, data)) => {
                    let length = data.len() as u64;
                    self.push(place, stream, length, Content::Data(data));
                }
                (place, Report::Control(data)) => {
                    self.push(place, Output::Stdout, 0, Content::Control(data));
                }
                (place, Report::Gap(stream, bytes)) => self.push(place, stream, bytes, Content::Gap(bytes)),
                (_, Report::Attached(_) | Report::NotStarted(..) | Report::Unknown { .. }) => {
                    return Err(Error::new(Code::SandboxLost, "the agent started a process twice"));
                }
            }
        }
    }

    /// Queues the next part of the input, if the process is ready for it.
    fn feed(&mut self) -> Result<()> {
        match &mut self.pending {
            Some(Input::End) => {
                self.following.feed(&ExecInput::StdinEnd)?;
                self.pending = None;
                // Nothing may follow, so no more is taken.
                self.wanted = false;
            }
            Some(Input::Data(data, _)) if self.wanted => {
                let chunk = data.split_to(data.len().min(CHUNK));
                self.following.feed(&ExecInput::Stdin(&chunk))?;
                self.wanted = false;
                if data.is_empty()
                    && let Some(Input::Data(_, done)) = self.pending.take()
                {
                    // The caller may be gone.
                    let _ = done.send(());
                }
            }
            Some(Input::Data(..)) | None => {}
        }
        Ok(())
    }

    fn push(
        &mut self,
        place: Option<mpsc::OwnedPermit<Piece>>,
        stream: Output,
        length: u64,
        content: Content,
    ) {
        let offset = match stream {
            Output::Stdout => &mut self.attached.stdout,
            Output::Stderr => &mut self.attached.stderr,
        };
        let piece = Piece { stream, offset: *offset, content };
        // What a hostile agent says need not make sense.
        *offset = offset.saturating_add(length);
        match place {
            Some(place) => drop(place.send(piece)),
            None => self.output = None,
        }
    }

    /// Attaches anew where the output was interrupted; `false` when the process is not there.
    async fn reattach(&mut self, connection: &Connection) -> Result<bool> {
        let (operation, _rescue) = connection.stream().await?;
        let from = Position::At { stdout: self.attached.stdout, stderr: self.attached.stderr };
        let request = Request::Attach(Attach { id: self.attached.process.id, from });
        self.following = Following::begin(operation, request)?;
        self.wanted = false;
        Ok(matches!(self.following.next(async {}).await?, ((), Report::Attached(_))))
    }
}
