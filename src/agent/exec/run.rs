use std::{io, os::fd::OwnedFd, pin::pin, time::Duration};

use cofferdam_fstree::describe;
use cofferdam_protocol::{
    process::{Cause, Exec, ExecEvent, Exited, Output, Stage, Status},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use nix::errno::Errno;
use tokio::time::sleep;

use super::{
    input::{Farewell, feed},
    output::{Outputs, Signals},
};

use crate::{
    agent::Agent,
    descriptor::Descriptor,
    process::{
        failure::{self, SpawnError},
        spawn::Child,
        tree,
    },
};

/// Runs one command and reports on it until it has ended or the host has left.
pub async fn run<R, W>(
    agent: &Agent,
    request: Exec,
    requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let timeout = Duration::from_millis(request.timeout_ms);
    let mut child = start_child(agent, &request, timeout).await;
    if let Err((Stage::Fork, Errno::EPIPE)) = child {
        // The one that waited was killed; the next is new.
        child = start_child(agent, &request, timeout).await;
    }
    let child = match child {
        Ok(child) => child,
        Err(error) => return not_started(output, error).await,
    };
    let mark = child.mark;
    let _running = agent.mark_running(mark);
    agent.disk.touch();
    let outcome = supervise(agent, &request, child, requests, output).await;
    if outcome.is_err() {
        // The host has left, or does not keep to the protocol.
        tree::kill(mark).await;
    }
    outcome
}

async fn supervise<R, W>(
    agent: &Agent,
    request: &Exec,
    child: Child,
    requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let status = agent.reaper.watch(child.pid);
    let oom_kills = agent.oom.count();
    let mut outputs = Outputs::new(child.stdout, child.stderr, request)?;
    let stdin = child.stdin.map(Descriptor::new).transpose()?;
    let signals = Signals::default();
    let ended = {
        let mut status = pin!(status);
        let mut starting = pin!(start(child.failure));
        let mut input = pin!(feed(requests, stdin, &signals.stdin_wanted));
        let mut deadline = pin!(sleep(Duration::from_millis(request.timeout_ms)));
        let mut full = pin!(agent.disk.exceeded());
        let mut pump = pin!(outputs.pump(&agent.scratch, output, &signals));
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
                    signals.started.notify_one();
                    continue;
                }
                status = &mut status => break Ok((status.map_err(io::Error::other)?, cause)),
                farewell = &mut input, if cause == Cause::Itself => match farewell {
                    Farewell::Kill => Cause::Killed,
                    Farewell::Gone => return Err(io::ErrorKind::ConnectionAborted.into()),
                },
                () = &mut deadline, if cause == Cause::Itself => Cause::Deadline,
                () = &mut full, if cause == Cause::Itself => Cause::Disk,
                // Before the command has ended it only returns when nothing reaches the host any more.
                sent = &mut pump => return sent.and(Err(io::ErrorKind::ConnectionAborted.into())),
            };
            tree::kill(child.mark).await;
        };
        if ended.is_ok() {
            signals.ended.notify_one();
            pump.await?;
        }
        ended
    };
    let (status, cause) = match ended {
        Ok(ended) => ended,
        Err(error) => return not_started(output, error).await,
    };
    let (stdout_bytes, stderr_bytes) = (outputs.total(Output::Stdout), outputs.total(Output::Stderr));
    let killed = matches!(status, Status::Signal(9) | Status::Code(137));
    let oom_killed = cause == Cause::Itself && killed && agent.oom.count() > oom_kills;
    outputs.finish(agent, output, Exited { status, cause, oom_killed, stdout_bytes, stderr_bytes }).await
}

async fn start_child(agent: &Agent, request: &Exec, timeout: Duration) -> Result<Child, SpawnError> {
    match agent.child(timeout).await {
        Ok(spare) => agent.spawner.start(spare, request),
        Err(errno) => Err((Stage::Fork, errno)),
    }
}

async fn not_started<W: AsyncWrite + Unpin>(output: &mut W, (stage, errno): SpawnError) -> io::Result<()> {
    message::send(output, &ExecEvent::NotStarted { stage, error: describe(errno) }).await
}

/// Waits until the program runs; what kept it from that, if something did.
async fn start(pipe: OwnedFd) -> io::Result<Option<SpawnError>> {
    let mut bytes = [0; failure::LENGTH];
    let count = Descriptor::new(pipe)?.read(&mut bytes).await?;
    Ok(failure::decode(bytes.get(..count).unwrap_or_default()))
}
