use std::{cell::Cell, fs::File, io, os::fd::OwnedFd, pin::pin, time::Duration};

use cofferdam_fstree::describe;
use cofferdam_protocol::{
    process::{Cause, Exec, ExecEvent, Exited, Output, Stage},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use nix::errno::Errno;
use tokio::{sync::Notify, time::sleep};

use super::{
    commands::Commands,
    input::feed,
    kill::{ask_to_end, kill},
    oom::is_victim,
    output::{Milestones, Outputs},
    spawn_error::{self, SpawnError},
    spawner::Spawned,
};

use crate::{descriptor::Descriptor, disk::DiskLimit};

/// How often a child is taken for one command.
const ATTEMPTS: usize = 3;

/// Runs one command and reports on it until it has ended or the host is gone.
pub async fn run<R, W>(
    commands: &Commands,
    disk: &DiskLimit,
    request: Exec,
    mut requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    for attempt in 0..ATTEMPTS {
        let error = match spawn(commands, &request, Duration::from_millis(request.timeout_ms)).await {
            Ok(spawned) => {
                let mark = spawned.mark;
                let _running = commands.running.insert(mark);
                disk.touch();
                match supervise(commands, disk, &request, spawned, &mut requests, output).await {
                    Ok(Some(error)) => error,
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        // The host is gone, or breaks the protocol.
                        kill(mark).await;
                        return Err(error);
                    }
                }
            }
            Err(error) => error,
        };
        // A command may have killed the child that was ready. Input that was sent to it is lost.
        let may_retry = error == (Stage::Fork, Errno::EPIPE) && !request.stdin && attempt + 1 < ATTEMPTS;
        if !may_retry {
            return not_started(output, error).await;
        }
    }
    Ok(())
}

/// Waits for a spawned command to end and reports that. Returns the reason if its program was never run.
async fn supervise<R, W>(
    commands: &Commands,
    disk: &DiskLimit,
    request: &Exec,
    spawned: Spawned,
    requests: &mut MessageReader<R>,
    output: &mut W,
) -> io::Result<Option<SpawnError>>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let end = commands.reaper.watch(spawned.pid);
    let before = commands.limits.count();
    let mut outputs = Outputs::new(spawned.stdout, spawned.stderr, request)?;
    let stdin = spawned.stdin.map(Descriptor::new).transpose()?;
    let milestones = Milestones::default();
    let ended = {
        let mut end = pin!(end);
        let mut starting = pin!(start(spawned.failure, &spawned.plan));
        let mut input = pin!(feed(requests, stdin, &milestones));
        let mut deadline = pin!(sleep(Duration::from_millis(request.timeout_ms)));
        let mut full = pin!(disk.exceeded());
        let mut pump = pin!(outputs.pump(&commands.scratch, output, &milestones));
        // Set once: the first cause of an end wins.
        let cause = Cell::new(Cause::Itself);
        let doomed = Notify::new();
        let mut ending = pin!(async {
            doomed.notified().await;
            if let (Cause::Deadline | Cause::Killed, Some(grace)) = (cause.get(), request.grace) {
                ask_to_end(spawned.mark, grace).await;
            }
            kill(spawned.mark).await;
        });
        let (mut started, mut all_ended, mut outcome) = (false, false, None);
        let ended = loop {
            let is_free = cause.get() == Cause::Itself;
            let doom = tokio::select! {
                biased;
                failed = &mut starting, if !started => {
                    if let Some(error) = failed? {
                        break Err(error);
                    }
                    started = true;
                    milestones.started.notify_one();
                    continue;
                }
                ended = &mut end, if outcome.is_none() => {
                    outcome = Some(ended.map_err(io::Error::other)?);
                    Cause::Itself
                }
                () = &mut ending, if !all_ended => {
                    all_ended = true;
                    Cause::Itself
                }
                () = &mut input => return Err(io::ErrorKind::ConnectionAborted.into()),
                () = milestones.end_wanted.notified(), if is_free => Cause::Killed,
                () = &mut deadline, if is_free => Cause::Deadline,
                () = &mut full, if is_free => Cause::Disk,
                // Before the command has ended, this returns only if the connection to the host is lost.
                sent = &mut pump => return sent.and(Err(io::ErrorKind::ConnectionAborted.into())),
            };
            if doom != Cause::Itself {
                cause.set(doom);
                doomed.notify_one();
            }
            // What it has started ends with it if it was made to end, and only then.
            if let Some(ended) = outcome
                && (all_ended || cause.get() == Cause::Itself)
            {
                break Ok((ended, cause.get()));
            }
        };
        if ended.is_ok() {
            milestones.ended.notify_one();
            pump.await?;
        }
        ended
    };
    let (ended, cause) = match ended {
        Ok(ended) => ended,
        Err(error) => return Ok(Some(error)),
    };
    let (stdout_bytes, stderr_bytes) = (outputs.total(Output::Stdout), outputs.total(Output::Stderr));
    let limits = commands.limits.met_since(before);
    let exited = Exited {
        status: ended.status,
        cause,
        oom_killed: cause == Cause::Itself && limits.memory && is_victim(ended),
        limits,
        output_open: outputs.are_open(),
        stdout_bytes,
        stderr_bytes,
    };
    outputs.finish(&commands.drains, output, exited).await.map(|()| None)
}

async fn spawn(commands: &Commands, request: &Exec, timeout: Duration) -> Result<Spawned, SpawnError> {
    match commands.child(timeout).await {
        Ok(spare) => commands.spawner.spawn(spare, request),
        Err(errno) => Err((Stage::Fork, errno)),
    }
}

async fn not_started<W: AsyncWrite + Unpin>(output: &mut W, (stage, errno): SpawnError) -> io::Result<()> {
    message::send(output, &ExecEvent::NotStarted { stage, error: describe(errno) }).await
}

/// Waits until the program runs; gives the error that prevented it, if any.
async fn start(pipe: OwnedFd, plan: &File) -> io::Result<Option<SpawnError>> {
    let mut bytes = [0; spawn_error::LENGTH];
    let count = Descriptor::new(pipe)?.read(&mut bytes).await?;
    if count == 0 && plan.metadata()?.len() > 0 {
        // The child was killed before it had read what to run.
        return Ok(Some((Stage::Fork, Errno::EPIPE)));
    }
    Ok(spawn_error::decode(bytes.get(..count).unwrap_or_default()))
}
