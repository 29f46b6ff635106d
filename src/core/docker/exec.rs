//! Commands in any container, through the engine's own exec: slower than an agent's, and the engine can't kill them.

use std::{collections::BTreeMap, pin::Pin, time::Duration};

use bytes::Bytes;
use cofferdam_protocol::process::Output;
use futures_util::{StreamExt, stream::BoxStream};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use super::{Manager, name};
use crate::{
    cancellation::Cancellation,
    engine::{
        Engine,
        api::exec::{self, Attached, ExecSpec, Piece},
    },
    error::{Code, Error, Result},
    link::{
        capture::{Capture, Captured},
        command::Chunk,
    },
};

/// The exit code of a command whose deadline passed, as of the shell's `timeout`.
const TIMED_OUT: i64 = 124;

/// How long the engine may take to know the exit code after the output has ended, and how often to ask.
const SETTLE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(5);

/// How much output to read at once, in bytes.
const READ_BUFFER: usize = 64 * 1024;

/// A command for a container.
#[derive(Debug, Default)]
pub struct ManagedExec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its working directory; the container's if not set.
    pub cwd: Option<String>,
    /// Variables added to the container's environment.
    pub env: BTreeMap<String, String>,
    /// The user that it runs as; the container's if not set.
    pub user: Option<String>,
    /// Its standard input.
    pub stdin: Option<Bytes>,
    /// How long to wait for it.
    pub timeout: Duration,
    /// How much of each output stream the result holds, in bytes.
    pub output_limit: u64,
    /// Receives all output as it arrives.
    pub listener: Option<mpsc::Sender<Chunk>>,
    /// Ends the wait for it.
    pub cancellation: Cancellation,
}

/// How a command ended, or was left running.
#[derive(Debug)]
pub struct Executed {
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// Its exit code; 124 if its deadline passed.
    pub exit_code: i64,
    /// How long it took.
    pub execution_time: Duration,
    /// Whether its deadline passed.
    pub timed_out: bool,
    /// Whether it still runs in the container, because the engine can't kill it.
    pub survivors: bool,
}

/// Why reading of the output ended.
enum End {
    Output,
    Deadline,
    Cancelled,
}

/// Runs a command in a running container.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if the container is not running or paused; `COMMAND_NOT_STARTED`; `ABORTED` with the output
/// so far; those of any call.
pub async fn run(manager: &Manager, id: &str, command: ManagedExec) -> Result<Executed> {
    let engine = manager.engine().await?;
    let begun = Instant::now();
    let spec = ExecSpec {
        command: command.command,
        env: command.env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        user: command.user,
        working_dir: command.cwd,
        stdin: command.stdin.is_some(),
    };
    let created = exec::create(&engine, name::container(id)?, spec).await?;
    let Attached { output, input } = exec::start(&engine, &created, READ_BUFFER).await?;
    let mut reader = Reader::new(command.output_limit, command.listener);
    let end = {
        let feed = feed(input, command.stdin);
        let read = reader.read(output);
        tokio::select! {
            biased;
            () = command.cancellation.cancelled() => End::Cancelled,
            outcome = async { tokio::join!(feed, read).1 } => {
                outcome?;
                End::Output
            }
            () = sleep_until(begun + command.timeout) => End::Deadline,
        }
    };
    let (stdout, stderr) = reader.finish();
    let executed = |exit_code, timed_out, survivors| Executed {
        stdout: stdout.clone(),
        stderr: stderr.clone(),
        exit_code,
        execution_time: begun.elapsed(),
        timed_out,
        survivors,
    };
    match end {
        End::Deadline => Ok(executed(TIMED_OUT, true, still_runs(&engine, &created).await?)),
        End::Cancelled => {
            Err(Error::new(Code::Aborted, "the command was aborted, but may still run in the container")
                .detail("stdout", String::from_utf8_lossy(&stdout.bytes))
                .detail("stderr", String::from_utf8_lossy(&stderr.bytes))
                .detail("survivors", still_runs(&engine, &created).await?))
        }
        End::Output => match settled_exit_code(&engine, &created).await? {
            // The exit codes of runc and of shells for a program that can't be started.
            Some(code @ (126 | 127)) if is_start_failure(&stdout, &stderr) => {
                let reason = String::from_utf8_lossy(&stdout.bytes).trim().to_owned();
                Err(Error::new(Code::CommandNotStarted, format!("could not start the command: {reason}"))
                    .detail("exitCode", code))
            }
            Some(code) => Ok(executed(code, false, false)),
            None => Ok(executed(TIMED_OUT, true, true)),
        },
    }
}

/// Collects the output and passes it on.
struct Reader {
    stdout: Capture,
    stderr: Capture,
    listener: Option<mpsc::Sender<Chunk>>,
}

impl Reader {
    fn new(limit: u64, listener: Option<mpsc::Sender<Chunk>>) -> Self {
        Self { stdout: Capture::new(limit), stderr: Capture::new(limit), listener }
    }

    async fn read(&mut self, mut output: BoxStream<'static, Result<Piece>>) -> Result<()> {
        while let Some(piece) = output.next().await {
            let Piece { stream, data } = piece?;
            match stream {
                Output::Stdout => self.stdout.push(&data),
                Output::Stderr => self.stderr.push(&data),
            }
            if let Some(listener) = &self.listener {
                // The output is collected even if the listener is gone.
                let _ = listener.send(Chunk { stream, data: data.to_vec() }).await;
            }
        }
        Ok(())
    }

    fn finish(self) -> (Captured, Captured) {
        (self.stdout.finish(None), self.stderr.finish(None))
    }
}

/// Writes the input. A command that does not read all of it is fine.
async fn feed(mut input: Pin<Box<dyn AsyncWrite + Send>>, stdin: Option<Bytes>) {
    if let Some(stdin) = stdin {
        let _ = input.write_all(&stdin).await;
        let _ = input.shutdown().await;
    }
}

async fn still_runs(engine: &Engine, exec: &str) -> Result<bool> {
    exec::exit_code(engine, exec).await.map(|code| code.is_none())
}

/// The exit code of a command whose output has ended. The engine may report it as running for a moment longer.
async fn settled_exit_code(engine: &Engine, exec: &str) -> Result<Option<i64>> {
    let begun = Instant::now();
    loop {
        let code = exec::exit_code(engine, exec).await?;
        if code.is_some() || begun.elapsed() >= SETTLE {
            return Ok(code);
        }
        sleep(POLL).await;
    }
}

/// The engine writes its own error in place of the output.
fn is_start_failure(stdout: &Captured, stderr: &Captured) -> bool {
    stderr.bytes.is_empty() && stdout.bytes.starts_with(b"OCI runtime exec failed")
}
