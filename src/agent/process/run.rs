use std::{io, os::fd::OwnedFd, pin::pin, time::Duration};

use cofferdam_fstree::describe;
use cofferdam_protocol::{
    process::{Cause, Exec, ExecEvent, Exited, Output, Stage},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use nix::errno::Errno;
use tokio::time::sleep;

use super::{
    commands::Commands,
    input::{InputEnd, feed},
    kill::kill,
    oom::is_victim,
    output::{Milestones, Outputs},
    spawn_error::{self, SpawnError},
    spawner::Spawned,
};

use crate::{descriptor::Descriptor, disk::DiskLimit};

/// Runs one command and reports on it until it has ended or the host is gone.
pub async fn run<R, W>(
    commands: &Commands,
    disk: &DiskLimit,
    request: Exec,
    requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let timeout = Duration::from_millis(request.timeout_ms);
    let mut spawned = spawn(commands, &request, timeout).await;
    if let Err((Stage::Fork, Errno::EPIPE)) = spawned {
        // The child that was ready had been killed. The next one is new.
        spawned = spawn(commands, &request, timeout).await;
    }
    let spawned = match spawned {
        Ok(spawned) => spawned,
        Err(error) => return not_started(output, error).await,
    };
    let mark = spawned.mark;
    let _running = commands.running.insert(mark);
    disk.touch();
    let outcome = supervise(commands, disk, &request, spawned, requests, output).await;
    if outcome.is_err() {
        // The host is gone, or breaks the protocol.
        kill(mark).await;
    }
    outcome
}

async fn supervise<R, W>(
    commands: &Commands,
    disk: &DiskLimit,
    request: &Exec,
    spawned: Spawned,
    requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let end = commands.reaper.watch(spawned.pid);
    let oom_kills = commands.oom.count();
    let mut outputs = Outputs::new(spawned.stdout, spawned.stderr, request)?;
    let stdin = spawned.stdin.map(Descriptor::new).transpose()?;
    let milestones = Milestones::default();
    let ended = {
        let mut end = pin!(end);
        let mut starting = pin!(start(spawned.failure));
        let mut input = pin!(feed(requests, stdin, &milestones.stdin_wanted));
        let mut deadline = pin!(sleep(Duration::from_millis(request.timeout_ms)));
        let mut full = pin!(disk.exceeded());
        let mut pump = pin!(outputs.pump(&commands.scratch, output, &milestones));
        let mut started = false;
        // Set once: the first cause of an end wins.
        let mut cause = Cause::Itself;
        let ended = loop {
            cause = tokio::select! {
                biased;
                failed = &mut starting, if !started => {
                    if let Some(error) = failed? {
                        break Err(error);
                    }
                    started = true;
                    milestones.started.notify_one();
                    continue;
                }
                ended = &mut end => break Ok((ended.map_err(io::Error::other)?, cause)),
                end = &mut input, if cause == Cause::Itself => match end {
                    InputEnd::Kill => Cause::Killed,
                    InputEnd::Gone => return Err(io::ErrorKind::ConnectionAborted.into()),
                },
                () = &mut deadline, if cause == Cause::Itself => Cause::Deadline,
                () = &mut full, if cause == Cause::Itself => Cause::Disk,
                // Before the command has ended, this returns only if the connection to the host is lost.
                sent = &mut pump => return sent.and(Err(io::ErrorKind::ConnectionAborted.into())),
            };
            kill(spawned.mark).await;
        };
        if ended.is_ok() {
            milestones.ended.notify_one();
            pump.await?;
        }
        ended
    };
    let (ended, cause) = match ended {
        Ok(ended) => ended,
        Err(error) => return not_started(output, error).await,
    };
    let (stdout_bytes, stderr_bytes) = (outputs.total(Output::Stdout), outputs.total(Output::Stderr));
    let oom_killed = cause == Cause::Itself && commands.oom.count() > oom_kills && is_victim(ended);
    let exited = Exited { status: ended.status, cause, oom_killed, stdout_bytes, stderr_bytes };
    outputs.finish(&commands.drains, output, exited).await
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
async fn start(pipe: OwnedFd) -> io::Result<Option<SpawnError>> {
    let mut bytes = [0; spawn_error::LENGTH];
    let count = Descriptor::new(pipe)?.read(&mut bytes).await?;
    Ok(spawn_error::decode(bytes.get(..count).unwrap_or_default()))
}
