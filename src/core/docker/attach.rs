//! The standard streams of a container's first process, and of another that is started in it.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::sleep;

use super::{
    Manager,
    exec::of_start,
    logs::{LogChunk, decoder::Decoder},
    name,
};
pub use crate::engine::api::{container::Attach, exec::ExecSpec};
use crate::{
    engine::{
        Engine,
        api::{container, exec},
        http::{Duplex, DuplexReader, DuplexWriter},
    },
    error::{Code, Error, Result},
    label,
};

/// How often to ask whether a process has ended, at first and at most.
const POLL: Duration = Duration::from_millis(5);
const SLOW_POLL: Duration = Duration::from_millis(200);

/// A process with its streams.
pub struct Attached {
    /// What it writes.
    pub output: AttachedOutput,
    /// What it reads.
    pub input: AttachedInput,
    /// What can be done with it beside.
    pub process: Process,
}

/// What a process writes, read as it is asked for.
pub struct AttachedOutput {
    reader: DuplexReader,
    decoder: Decoder,
    ended: bool,
}

/// The standard input of a process.
pub struct AttachedInput(DuplexWriter);

/// A process that is attached to.
#[derive(Clone)]
pub struct Process {
    engine: Arc<Engine>,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The first one of a container.
    First(String),
    /// Another one, by the id of its exec.
    Other(String),
}

/// Attaches to the first process of a container, running or not.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; `CONFLICT` for a sandbox's container, whose first process is its agent; those of any call.
pub async fn attach(manager: &Manager, id: &str, streams: Attach) -> Result<Attached> {
    let id = name::container(id)?;
    let engine = manager.engine().await?;
    let inspected: Value = container::inspect(&engine, id).await?.json()?;
    if inspected["Config"]["Labels"].get(label::SANDBOX).is_some() {
        let message = format!("{id} is the container of a sandbox, whose first process is not yours");
        return Err(Error::new(Code::Conflict, message).hint("use exec of the sandbox"));
    }
    let terminal = inspected.pointer("/Config/Tty").and_then(Value::as_bool).unwrap_or(false);
    let duplex = container::attach(&engine, id, streams).await?;
    Ok(attached(engine, Kind::First(id.to_owned()), duplex, terminal))
}

/// Starts a process in a running container and attaches to it.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if the container is not running or paused; `COMMAND_NOT_STARTED`; those of any call.
pub async fn start(manager: &Manager, id: &str, spec: ExecSpec) -> Result<Attached> {
    let engine = manager.engine().await?;
    let terminal = spec.tty;
    let created = exec::create(&engine, name::container(id)?, spec).await?;
    let duplex = exec::open(&engine, &created, terminal).await.map_err(of_start)?;
    Ok(attached(engine, Kind::Other(created), duplex, terminal))
}

fn attached(engine: Arc<Engine>, kind: Kind, duplex: Duplex, terminal: bool) -> Attached {
    let (reader, writer) = duplex.split();
    let decoder = Decoder::new(terminal, false);
    Attached {
        output: AttachedOutput { reader, decoder, ended: false },
        input: AttachedInput(writer),
        process: Process { engine, kind },
    }
}

impl AttachedOutput {
    /// The next pieces; none at the end. Cancel safe.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks; `ENGINE_ERROR` for what is no output.
    pub async fn next(&mut self) -> Result<Vec<LogChunk>> {
        while !self.ended && self.decoder.is_empty() {
            if let Some(data) = self.reader.next().await? {
                self.decoder.push(data)?;
            } else {
                self.ended = true;
                self.decoder.finish()?;
            }
        }
        Ok(self.decoder.take())
    }
}

impl AttachedInput {
    /// Writes all of it; `false` if nobody reads any more.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<bool> {
        self.0.write(bytes).await
    }

    /// Ends it.
    ///
    /// # Errors
    /// As [`AttachedInput::write`].
    pub async fn end(&mut self) -> Result<()> {
        self.0.end().await
    }
}

impl Process {
    /// Sets the size of its terminal, in characters.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` or `ENGINE_ERROR` once it has ended; those of any call.
    pub async fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        match &self.kind {
            Kind::First(id) => container::resize(&self.engine, id, columns, rows).await,
            Kind::Other(id) => exec::resize(&self.engine, id, columns, rows).await,
        }
    }

    /// Waits for its end; its exit code.
    ///
    /// # Errors
    /// `NOT_FOUND` if it is gone; those of any call.
    pub async fn exit_code(&self) -> Result<i64> {
        let id = match &self.kind {
            Kind::First(id) => {
                let code = container::wait(&self.engine, id, None).await?;
                return code.ok_or_else(|| {
                    Error::new(Code::EngineError, "the engine did not report the container's exit code")
                });
            }
            Kind::Other(id) => id,
        };
        let mut pause = POLL;
        loop {
            match exec::progress(&self.engine, id).await? {
                exec::Progress::Ended(code) | exec::Progress::NotStarted(code) => return Ok(code),
                exec::Progress::Running => sleep(pause).await,
            }
            pause = (pause * 2).min(SLOW_POLL);
        }
    }
}
