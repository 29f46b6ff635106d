//! Commands in any container, through the engine's own exec: slower than an agent's, and the engine can't kill them.

use std::{
    collections::BTreeMap,
    pin::{Pin, pin},
    time::Duration,
};

use bytes::Bytes;
use cofferdam_protocol::process::Output;
use futures_util::{StreamExt, stream::BoxStream};
use serde_json::Value;
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
        api::exec::{self, Attached, ExecSpec, Piece, Progress},
    },
    error::{Code, Error, Result},
    link::{
        capture::{Capture, Captured},
        command::Chunk,
    },
};

/// The exit code of a command whose deadline passed, as of the shell's `timeout`.
const TIMED_OUT: i64 = 124;

/// How long the engine may take to know the exit code after the output has ended. One that runs for longer has lost its connection: the
/// engine holds it while a command runs, even if that has closed its streams. Of such a command it later reports 126.
const SETTLE: Duration = Duration::from_secs(1);
const SETTLE_AT_126: Duration = Duration::from_millis(100);

/// How often to ask.
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

/// What became of a command once its output has ended.
enum Settled {
    Ended(i64),
    NotStarted(i64),
    /// The end of its output was that of the connection.
    Cut {
        survivors: bool,
    },
}

/// Runs a command in a running container.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if the container is not running or paused; `COMMAND_NOT_STARTED`; `ABORTED`, and those of any call once
/// the command runs, with the output so far.
pub async fn run(manager: &Manager, id: &str, command: ManagedExec) -> Result<Executed> {
    let engine = manager.engine().await?;
    let begun = Instant::now();
    let spec = ExecSpec {
        command: command.command,
        env: command.env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        user: command.user,
        working_dir: command.cwd,
        stdin: command.stdin.is_some(),
        tty: false,
    };
    let created = exec::create(&engine, name::container(id)?, spec).await?;
    let Attached { output, input } = exec::start(&engine, &created, READ_BUFFER).await.map_err(of_start)?;
    let mut reader = Reader::new(command.output_limit, command.listener);
    let end = {
        let mut feed = pin!(feed(input, command.stdin));
        let mut read = pin!(reader.read(output));
        let mut all_sent = false;
        let deadline = sleep_until(begun + command.timeout);
        let mut deadline = pin!(deadline);
        loop {
            tokio::select! {
                biased;
                () = command.cancellation.cancelled() => break Ok(End::Cancelled),
                // Nobody reads the rest of the input.
                outcome = &mut read => break outcome.map(|()| End::Output),
                () = &mut feed, if !all_sent => all_sent = true,
                () = &mut deadline => break Ok(End::Deadline),
            }
        }
    };
    let (stdout, stderr) = reader.finish();
    let with_output = |error: Error| error.output(&stdout.bytes, &stderr.bytes);
    let executed = |exit_code, timed_out, survivors| Executed {
        stdout: stdout.clone(),
        stderr: stderr.clone(),
        exit_code,
        execution_time: begun.elapsed(),
        timed_out,
        survivors,
    };
    match end.map_err(&with_output)? {
        End::Deadline => {
            Ok(executed(TIMED_OUT, true, still_runs(&engine, &created).await.map_err(with_output)?))
        }
        End::Cancelled => {
            let message = "the command was aborted, but may still run in the container";
            let survivors = still_runs(&engine, &created).await.map_err(&with_output)?;
            Err(with_output(Error::new(Code::Aborted, message)).detail("survivors", survivors))
        }
        End::Output => match settled(&engine, &created).await.map_err(&with_output)? {
            Settled::Ended(code) => Ok(executed(code, false, false)),
            Settled::NotStarted(code) => {
                let reason = String::from_utf8_lossy(&stdout.bytes).trim().to_owned();
                Err(not_started(&reason).detail("exitCode", code))
            }
            Settled::Cut { survivors } => {
                let message = "the connection to the engine was lost while the command ran";
                Err(with_output(Error::new(Code::EngineUnreachable, message))
                    .hint("the command may have gone on, and what it wrote since is lost")
                    .detail("survivors", survivors))
            }
        },
    }
}

/// The error for a command that the engine did not start.
fn not_started(reason: &str) -> Error {
    Error::new(Code::CommandNotStarted, format!("could not start the command: {reason}"))
}

/// Newer engines refuse a user or a directory that does not exist, older ones write why in place of the output.
pub(super) fn of_start(error: Error) -> Error {
    let refused = error.code() == Code::EngineError
        && matches!(error.details().get("status").and_then(Value::as_u64), Some(400 | 500));
    if refused { not_started(error.message()) } else { error }
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
    exec::progress(engine, exec).await.map(|progress| progress == Progress::Running)
}

/// What became of a command whose output has ended. The engine may report it as running for a moment longer.
async fn settled(engine: &Engine, exec: &str) -> Result<Settled> {
    let begun = Instant::now();
    loop {
        let progress = exec::progress(engine, exec).await?;
        let waited = begun.elapsed();
        match progress {
            Progress::Ended(126) if waited >= SETTLE_AT_126 => return Ok(Settled::Cut { survivors: false }),
            Progress::Ended(code) => return Ok(Settled::Ended(code)),
            Progress::NotStarted(code) => return Ok(Settled::NotStarted(code)),
            Progress::Running if waited < SETTLE => sleep(POLL).await,
            Progress::Running => return Ok(Settled::Cut { survivors: true }),
        }
    }
}
