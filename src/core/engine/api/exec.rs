//! Processes that the engine runs in a container, with their standard streams attached.

use std::{pin::Pin, sync::Arc};

use bollard::{
    container::LogOutput,
    errors::Error as Failure,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
};
use bytes::Bytes;
use cofferdam_protocol::process::Output as Stream;
use futures_util::{StreamExt, future::ready, stream::BoxStream};
use serde_json::{Value, json};
use tokio::io::AsyncWrite;

use crate::engine::{
    Engine,
    failure::translate,
    http::{Duplex, Request, segment},
};
use crate::error::{Code, Error, Result};

/// A process to run in a container.
#[derive(Debug, Default)]
pub struct ExecSpec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Variables added to the container's environment, as `NAME=value`.
    pub env: Vec<String>,
    /// `user`, `uid` or `uid:gid`; the container's user if not set.
    pub user: Option<String>,
    /// The working directory; the container's if not set.
    pub working_dir: Option<String>,
    /// Whether standard input is attached.
    pub stdin: bool,
    /// Whether it has a terminal, which joins its standard output and standard error.
    pub tty: bool,
}

/// A running process with its standard streams.
pub struct Attached {
    /// The process's output, piece by piece.
    pub output: BoxStream<'static, Result<Piece>>,
    /// The process's standard input.
    pub input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// A piece of output.
#[derive(Debug)]
pub struct Piece {
    /// The stream it was written to.
    pub stream: Stream,
    /// The bytes.
    pub data: Bytes,
}

/// Prepares a process in a running container; its id.
///
/// # Errors
/// `NOT_FOUND` if the container does not exist, `CONFLICT` if it is not running or paused; those of any call.
pub async fn create(engine: &Engine, container: &str, spec: ExecSpec) -> Result<String> {
    let options = CreateExecOptions {
        attach_stdin: Some(spec.stdin),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(spec.command),
        env: Some(spec.env),
        user: spec.user,
        working_dir: spec.working_dir,
        tty: Some(spec.tty),
        ..Default::default()
    };
    let created = engine.docker().create_exec(container, options);
    call(engine, "create an exec", created).await.map(|created| created.id)
}

/// Starts a prepared process and attaches to its streams. `buffer` is how much output to read at once, in bytes.
///
/// # Errors
/// Those of any call.
pub async fn start(engine: &Engine, exec: &str, buffer: usize) -> Result<Attached> {
    let options = StartExecOptions { detach: false, tty: false, output_capacity: Some(buffer) };
    match call(engine, "start an exec", engine.docker().start_exec(exec, Some(options))).await? {
        StartExecResults::Attached { output, input } => {
            let endpoint = Arc::clone(engine.endpoint());
            let pieces = output.filter_map(move |item| {
                ready(match item {
                    Ok(item) => piece(item).map(Ok),
                    Err(failure) => Some(Err(translate("run a command", failure, &endpoint))),
                })
            });
            Ok(Attached { output: pieces.boxed(), input })
        }
        StartExecResults::Detached => {
            Err(Error::new(Code::Internal, "the engine detached from an exec that it was told to attach to"))
        }
    }
}

/// Starts a prepared process and attaches to its streams, as [`container::attach`](super::container::attach) does.
///
/// # Errors
/// Those of any call.
pub async fn open(engine: &Engine, exec: &str, tty: bool) -> Result<Duplex> {
    let request = Request::post("start an exec", format!("/exec/{}/start", segment(exec)));
    engine.upgrade(request.json(&json!({ "Detach": false, "Tty": tty }))).await
}

/// Sets the size of the terminal of a process, in characters.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn resize(engine: &Engine, exec: &str, columns: u16, rows: u16) -> Result<()> {
    let request = Request::post("resize a terminal", format!("/exec/{}/resize", segment(exec)));
    engine.ask(request.query("w", columns).query("h", rows)).await.map(drop)
}

/// What became of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It runs.
    Running,
    /// It has ended with this exit code.
    Ended(i64),
    /// It could not be started, and this is the engine's exit code in place of its own. Its output is the engine's, too.
    NotStarted(i64),
}

/// What became of a process that was to be started.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn progress(engine: &Engine, exec: &str) -> Result<Progress> {
    let inspected = engine.ask(Request::get("inspect an exec", format!("/exec/{}/json", segment(exec))));
    let inspected: Value = engine.promptly("inspect an exec", inspected).await?.json()?;
    if inspected["Running"].as_bool().unwrap_or(false) {
        return Ok(Progress::Running);
    }
    // While the engine does not know the code, it has not seen the end.
    let Some(code) = inspected["ExitCode"].as_i64() else { return Ok(Progress::Running) };
    let has_run = inspected["Pid"].as_i64() != Some(0);
    Ok(if has_run || !matches!(code, 126 | 127) { Progress::Ended(code) } else { Progress::NotStarted(code) })
}

fn piece(output: LogOutput) -> Option<Piece> {
    match output {
        LogOutput::StdErr { message } => Some(Piece { stream: Stream::Stderr, data: message }),
        LogOutput::StdOut { message } | LogOutput::Console { message } => {
            Some(Piece { stream: Stream::Stdout, data: message })
        }
        LogOutput::StdIn { .. } => None,
    }
}

/// A call through bollard, which can take over the connection that the engine upgrades.
async fn call<T>(
    engine: &Engine,
    what: &'static str,
    call: impl Future<Output = std::result::Result<T, Failure>>,
) -> Result<T> {
    let translated = async { call.await.map_err(|failure| translate(what, failure, engine.endpoint())) };
    engine.promptly(what, translated).await
}
