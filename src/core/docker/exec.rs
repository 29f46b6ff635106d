//! Commands in any container, through the engine's own exec: slower than an agent's, and it can't be killed.

use std::{collections::BTreeMap, time::Duration};

use bollard::{
    container::LogOutput,
    errors::Error as Failure,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
};
use bytes::Bytes;
use cofferdam_protocol::process::Output;
use futures_util::StreamExt;
use tokio::{
    io::AsyncWriteExt,
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use super::{Manager, container};

use crate::{
    cancellation::Cancellation,
    engine::Engine,
    error::{Code, Error, Result},
    link::{
        capture::{Capture, Captured},
        command::Chunk,
    },
};

/// What a shell's `timeout` exits with.
const TIMED_OUT: i64 = 124;

/// How long the engine may need after the end of the output to know the exit code, and how often it is asked.
const SETTLE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(5);

/// How much of the output is read at once, in bytes.
const READ_BUFFER: usize = 64 * 1024;

/// A command for a container.
#[derive(Debug, Default)]
pub struct ManagedExec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its working directory; the container's when not given.
    pub cwd: Option<String>,
    /// Environment on top of the container's.
    pub env: BTreeMap<String, String>,
    /// Whom it runs as; the container's user when not given.
    pub user: Option<String>,
    /// Its standard input.
    pub stdin: Option<Bytes>,
    /// After how long it is no longer waited for.
    pub timeout: Duration,
    /// Bytes of each output stream in the result.
    pub output_limit: u64,
    /// Who gets every byte of output as it comes.
    pub listener: Option<mpsc::Sender<Chunk>>,
    /// Ends the wait for it.
    pub cancellation: Cancellation,
}

/// How a command ended, or was left.
#[derive(Debug)]
pub struct Executed {
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
    /// As the engine knows it; 124 when its deadline passed.
    pub exit_code: i64,
    /// How long it took.
    pub execution_time: Duration,
    /// Its deadline passed.
    pub timed_out: bool,
    /// It goes on in the container: the engine has no way to kill it.
    pub survivors: bool,
}

/// Why the output is no longer read.
enum End {
    Output,
    Deadline,
    Cancelled,
}

impl Manager {
    /// Runs a command in a running container.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` when the container does not run or is paused, `COMMAND_NOT_STARTED`, `ABORTED` with the
    /// output so far; those of any call.
    pub async fn exec(&self, id: &str, exec: ManagedExec) -> Result<Executed> {
        let engine = self.engine().await?;
        let begun = Instant::now();
        let env: Vec<String> = exec.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let options = CreateExecOptions {
            attach_stdin: Some(exec.stdin.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(exec.command.clone()),
            env: Some(env),
            user: exec.user.clone(),
            working_dir: exec.cwd.clone(),
            ..Default::default()
        };
        let created = engine.docker().create_exec(container(id)?, options);
        let created = engine.call("prepare a command", created).await?.id;
        let options = StartExecOptions { detach: false, tty: false, output_capacity: Some(READ_BUFFER) };
        let started =
            engine.call("start a command", engine.docker().start_exec(&created, Some(options))).await?;
        let StartExecResults::Attached { output, input } = started else {
            return Err(Error::new(Code::Internal, "the engine detached from the command"));
        };
        let mut reader = Reader::new(exec.output_limit, exec.listener);
        let end = {
            let feed = feed(input, exec.stdin);
            let read = reader.read(output);
            tokio::select! {
                biased;
                () = exec.cancellation.cancelled() => End::Cancelled,
                outcome = async { tokio::join!(feed, read).1 } => {
                    outcome.map_err(|failure| engine.translate("run a command", failure))?;
                    End::Output
                }
                () = sleep_until(begun + exec.timeout) => End::Deadline,
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
            End::Deadline => Ok(executed(TIMED_OUT, true, is_running(&engine, &created).await?.is_none())),
            End::Cancelled => {
                Err(Error::new(Code::Aborted, "the command was aborted; it may go on in the container")
                    .detail("stdout", String::from_utf8_lossy(&stdout.bytes))
                    .detail("stderr", String::from_utf8_lossy(&stderr.bytes))
                    .detail("survivors", is_running(&engine, &created).await?.is_none()))
            }
            End::Output => match exit_code(&engine, &created).await? {
                // What runc says of a program that it can't start, and what a shell says.
                Some(code @ (126 | 127)) if is_start_failure(&stdout, &stderr) => {
                    let said = String::from_utf8_lossy(&stdout.bytes).trim().to_owned();
                    Err(Error::new(Code::CommandNotStarted, format!("could not start the command: {said}"))
                        .detail("exitCode", code))
                }
                Some(code) => Ok(executed(code, false, false)),
                None => Ok(executed(TIMED_OUT, true, true)),
            },
        }
    }
}

/// Collects the output, and hands it on.
struct Reader {
    stdout: Capture,
    stderr: Capture,
    listener: Option<mpsc::Sender<Chunk>>,
}

impl Reader {
    fn new(limit: u64, listener: Option<mpsc::Sender<Chunk>>) -> Self {
        Self { stdout: Capture::new(limit), stderr: Capture::new(limit), listener }
    }

    async fn read<S>(&mut self, mut output: S) -> std::result::Result<(), Failure>
    where
        S: futures_util::Stream<Item = std::result::Result<LogOutput, Failure>> + Unpin,
    {
        while let Some(item) = output.next().await {
            let (stream, message) = match item? {
                LogOutput::StdErr { message } => (Output::Stderr, message),
                LogOutput::StdOut { message } | LogOutput::Console { message } => (Output::Stdout, message),
                LogOutput::StdIn { .. } => continue,
            };
            match stream {
                Output::Stdout => self.stdout.push(&message),
                Output::Stderr => self.stderr.push(&message),
            }
            if let Some(listener) = &self.listener {
                // Whoever listened may have left: the output is still collected.
                let _ = listener.send(Chunk { stream, data: message.to_vec() }).await;
            }
        }
        Ok(())
    }

    fn finish(self) -> (Captured, Captured) {
        (self.stdout.finish(None), self.stderr.finish(None))
    }
}

/// Writes the input; a command that reads no more of it is fine.
async fn feed(mut input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>, stdin: Option<Bytes>) {
    if let Some(stdin) = stdin {
        let _ = input.write_all(&stdin).await;
        let _ = input.shutdown().await;
    }
}

/// The exit code; `None` while it runs.
async fn is_running(engine: &Engine, exec: &str) -> Result<Option<i64>> {
    let inspected = engine.call("inspect a command", engine.docker().inspect_exec(exec)).await?;
    let running = inspected.running.unwrap_or(false);
    Ok(if running { None } else { Some(inspected.exit_code.unwrap_or_default()) })
}

/// The exit code of a command whose output has ended: the engine may take it for running for a moment.
async fn exit_code(engine: &Engine, exec: &str) -> Result<Option<i64>> {
    let begun = Instant::now();
    loop {
        let code = is_running(engine, exec).await?;
        if code.is_some() || begun.elapsed() >= SETTLE {
            return Ok(code);
        }
        sleep(LOOK).await;
    }
}

/// The engine puts its own words where the output would be.
fn is_start_failure(stdout: &Captured, stderr: &Captured) -> bool {
    stderr.bytes.is_empty() && stdout.bytes.starts_with(b"OCI runtime exec failed")
}
