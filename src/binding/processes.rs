//! Handles on processes.

use std::sync::Arc;

use cofferdam_core::{
    Cancellation, Code, Error,
    process::{Piece, Process, ProcessResult, piece::Content},
    protocol::process::{
        Exited, Output,
        handle::{Description, Origin},
    },
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either, Object, Uint8Array},
};
use napi_derive::napi;

use crate::{
    exec::{content, limit_names},
    promise::promise,
    time::in_milliseconds,
};

/// A process; see `ProcessInfo` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeProcessInfo {
    pub id: String,
    pub pid: u32,
    pub name: Option<String>,
    pub command: String,
    pub origin: String,
    /// In milliseconds since 1970.
    pub started: f64,
    pub detached: bool,
    pub pty: bool,
    /// Whether it was given an input.
    pub input: bool,
    pub result: Option<NativeProcessResult>,
}

/// How a process ended; see `ProcessResult` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeProcessResult {
    pub exit_code: u8,
    /// The signal's number.
    pub signal: Option<u8>,
    pub execution_time: f64,
    pub timed_out: bool,
    pub oom_killed: bool,
    pub limits: Vec<String>,
    pub output_open: bool,
    pub stdout_bytes: f64,
    pub stderr_bytes: f64,
}

/// A piece of a process's output: bytes, how many are missing, or what it wrote to its own channel.
#[napi(object, object_from_js = false)]
pub struct NativePiece {
    pub stderr: bool,
    pub offset: f64,
    pub data: Option<Buffer>,
    pub gap: Option<f64>,
    pub control: Option<Buffer>,
}

/// A handle on a process.
#[napi]
pub struct NativeProcess {
    process: Option<Arc<Process>>,
    /// Ends calls in progress: each holds the process.
    closed: Cancellation,
    info: Description,
}

#[napi]
impl NativeProcess {
    /// What it is.
    #[napi]
    pub fn info(&self) -> NativeProcessInfo {
        self.info.clone().into()
    }

    /// The next pieces of output; none at the end.
    #[napi(ts_return_type = "Promise<Array<NativePiece>>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (process, closed) = (self.process.clone(), self.closed.clone());
        promise(env, async move {
            let Some(process) = process else { return Ok(Vec::new()) };
            let pieces = tokio::select! {
                () = closed.cancelled() => Vec::new(),
                pieces = process.next() => pieces,
            };
            Ok(pieces.into_iter().map(NativePiece::from).collect::<Vec<_>>())
        })
    }

    /// Writes to standard input.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write<'env>(
        &self,
        env: &'env Env,
        data: Either<String, Uint8Array>,
    ) -> napi::Result<Object<'env>> {
        let (process, closed, data) = (self.process.clone(), self.closed.clone(), content(data));
        promise(env, async move {
            let Some(process) = process else { return Err(closed_error()) };
            tokio::select! {
                () = closed.cancelled() => Err(closed_error()),
                written = process.write(data) => written,
            }
        })
    }

    /// Ends standard input.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn end<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (process, closed) = (self.process.clone(), self.closed.clone());
        promise(env, async move {
            if let Some(process) = process {
                tokio::select! {
                    () = closed.cancelled() => {}
                    () = process.end() => {}
                }
            }
            Ok(())
        })
    }

    /// Waits for its end.
    #[napi(ts_return_type = "Promise<NativeProcessResult>")]
    pub fn wait<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        // A strong reference would keep a process alive whose handle was closed.
        let waiting = self.process.as_ref().map(|process| process.outcome());
        promise(env, async move {
            match waiting {
                Some(waiting) => waiting.await.map(NativeProcessResult::from),
                None => Err(closed_error()),
            }
        })
    }

    /// Lets go of it; kills one that is not detached.
    #[napi]
    pub fn close(&mut self) {
        self.closed.cancel();
        self.process = None;
    }
}

impl NativeProcess {
    /// A handle for JavaScript.
    pub fn new(process: Process) -> Self {
        Self {
            info: process.description().clone(),
            process: Some(Arc::new(process)),
            closed: Cancellation::default(),
        }
    }
}

fn closed_error() -> Error {
    Error::new(Code::Closed, "the handle was closed").detail("errno", "EPIPE")
}

impl From<Piece> for NativePiece {
    #[expect(clippy::cast_precision_loss, reason = "no process writes 2^53 bytes")]
    fn from(Piece { stream, offset, content }: Piece) -> Self {
        let (data, gap, control) = match content {
            Content::Data(data) => (Some(data.into()), None, None),
            Content::Gap(bytes) => (None, Some(bytes as f64), None),
            Content::Control(data) => (None, None, Some(data.into())),
        };
        Self { stderr: stream == Output::Stderr, offset: offset as f64, data, gap, control }
    }
}

impl From<Description> for NativeProcessInfo {
    #[expect(clippy::cast_precision_loss, reason = "a time in milliseconds is below 2^53")]
    fn from(process: Description) -> Self {
        Self {
            id: format!("{:016x}", process.id),
            pid: process.pid,
            name: process.name,
            command: process.command,
            origin: match process.origin {
                Origin::Exec => "exec".to_owned(),
                Origin::Spawn => "spawn".to_owned(),
            },
            started: process.started_ms as f64,
            detached: process.detached,
            pty: process.terminal,
            input: process.input,
            result: process.ended.as_ref().map(|exited: &Exited| ProcessResult::from(exited).into()),
        }
    }
}

impl From<ProcessResult> for NativeProcessResult {
    #[expect(clippy::cast_precision_loss, reason = "no process writes 2^53 bytes")]
    fn from(result: ProcessResult) -> Self {
        Self {
            exit_code: result.exit_code,
            signal: result.signal,
            execution_time: in_milliseconds(result.execution_time),
            timed_out: result.timed_out,
            oom_killed: result.oom_killed,
            limits: limit_names(result.limits),
            output_open: result.output_open,
            stdout_bytes: result.stdout_bytes as f64,
            stderr_bytes: result.stderr_bytes as f64,
        }
    }
}
