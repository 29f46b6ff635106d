//! A handle on a process.

use std::sync::Arc;

use bytes::Bytes;
use cofferdam_protocol::process::{
    Command, Request,
    handle::{Attach, Attached, Description, Position, ProcessId},
};
use tokio::{
    sync::{Mutex, mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{
    driver::{Driver, Input, Outcome},
    piece::Piece,
    request::{Requested, SpawnOptions},
    result::ProcessResult,
};
use crate::{
    container::{
        Connection,
        connection::PATIENCE,
        rescue::{ATTENTION, Rescue},
    },
    error::{Code, Error, Result},
    exec::failure::not_started,
    link::process::{Following, Report},
    runtime,
};

/// How many pieces of output wait for their reader before the process does.
const BACKLOG: usize = 16;

/// A handle on a process of a sandbox. Dropping it kills a process that is not detached.
pub struct Process {
    description: Description,
    inputs: mpsc::Sender<Input>,
    output: Mutex<mpsc::Receiver<Piece>>,
    outcome: watch::Receiver<Option<Outcome>>,
}

impl Process {
    /// Starts a process.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `COMMAND_NOT_STARTED`, `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`; those of bringing the sandbox up.
    pub async fn spawn(connection: Arc<Connection>, command: Command, options: SpawnOptions) -> Result<Self> {
        let Requested { spawn, program } = options.check(command, &connection.definition().options)?;
        let cwd = spawn.exec.cwd.clone();
        let busy = connection.begin();
        let begin = async {
            connection.relieve().await?;
            let (operation, rescue) = connection.stream().await?;
            let following = Following::begin(operation, Request::Spawn(spawn))?;
            greeted(following, &rescue).await
        };
        let waited = connection.unless_closed(async {
            timeout(PATIENCE, begin).await.unwrap_or_else(|_| Err(connection.silent()))
        });
        let answered = waited.await?;
        drop(busy);
        match answered {
            (following, Report::Attached(attached)) => Self::follow(connection, following, attached),
            (_, Report::NotStarted(stage, error)) => {
                Err(not_started(&program, cwd.as_deref(), stage, &error))
            }
            _ => Err(connection.silent()),
        }
    }

    /// Attaches to a detached process. Starts no container.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such process; `CONFLICT` for one that is not detached; `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`.
    pub async fn attach(connection: Arc<Connection>, id: ProcessId, from: Position) -> Result<Self> {
        let begin = async {
            let Some(live) = connection.running().await? else { return Err(unknown(id)) };
            let operation = live.link.begin_stream().await?;
            let following = Following::begin(operation, Request::Attach(Attach { id, from }))?;
            greeted(following, &connection.rescue(&live).await?).await
        };
        let waited = connection.unless_closed(async {
            timeout(PATIENCE, begin).await.unwrap_or_else(|_| Err(connection.silent()))
        });
        match waited.await? {
            (following, Report::Attached(attached)) => Self::follow(connection, following, attached),
            (_, Report::Unknown { exists: true }) => Err(Error::new(
                Code::Conflict,
                format!("the process {id:016x} is not detached: only its own handle has its output"),
            )
            .hint("spawn it with detached: true")),
            _ => Err(unknown(id)),
        }
    }

    fn follow(connection: Arc<Connection>, following: Following, attached: Attached) -> Result<Self> {
        let (inputs, requests) = mpsc::channel(1);
        let (pieces, output) = mpsc::channel(BACKLOG);
        let (sender, outcome) = watch::channel(None);
        let description = attached.process.clone();
        let driver = Driver::new(following, attached, requests, pieces);
        runtime::spawn(driver.run(connection, sender))
            .ok_or_else(|| Error::new(Code::Internal, "the system could not start a thread"))?;
        Ok(Self { description, inputs, output: Mutex::new(output), outcome })
    }

    /// What it is.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The next pieces of output, as many as are there; none at the end.
    pub async fn next(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.output.lock().await.recv_many(&mut pieces, BACKLOG).await;
        pieces
    }

    /// Writes to its standard input. Returns when the last of it is on its way, which is when the process has read what came before.
    ///
    /// # Errors
    /// `CONFLICT` with the detail `errno` `EPIPE` when it has ended or has no input.
    pub async fn write(&self, data: Bytes) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let (done, sent) = oneshot::channel();
        self.inputs.send(Input::Data(data, done)).await.map_err(|_| ended())?;
        sent.await.map_err(|_| ended())
    }

    /// Ends its standard input. A terminal gets its end-of-file character.
    pub async fn end(&self) {
        // One that has ended needs no end of input.
        let _ = self.inputs.send(Input::End).await;
    }

    /// Waits for its end. Its output has been queued by then. Does not keep the handle alive.
    ///
    /// # Errors
    /// `SANDBOX_LOST`; `CLOSED`, also when the handle is dropped.
    pub fn outcome(&self) -> impl Future<Output = Result<ProcessResult>> + use<> {
        let mut outcome = self.outcome.clone();
        async move {
            let ended = outcome.wait_for(Option::is_some).await;
            match ended.as_deref() {
                Ok(Some(outcome)) => outcome.clone(),
                _ => Err(Error::new(Code::Closed, "the handle was closed")),
            }
        }
    }
}

/// Waits for the agent's first report about a process.
async fn greeted(mut following: Following, rescue: &Rescue) -> Result<(Following, Report)> {
    let attention = sleep_until(Instant::now() + ATTENTION);
    tokio::pin!(attention);
    let mut attended = false;
    loop {
        tokio::select! {
            report = following.next(async {}) => {
                let ((), report) = report?;
                return Ok((following, report));
            }
            () = &mut attention, if !attended => {
                // It may be paused. If not, it is only slow.
                rescue.attend();
                attended = true;
            }
        }
    }
}

fn unknown(id: ProcessId) -> Error {
    Error::new(Code::NotFound, format!("there is no process {id:016x} in the sandbox"))
        .hint("processes end with their container; see processes()")
}

fn ended() -> Error {
    Error::new(Code::Conflict, "the process has ended, or its standard input is closed")
        .detail("errno", "EPIPE")
}
