use std::{io, os::fd::OwnedFd, pin::pin, time::Duration};

use cofferdam_protocol::{
    exec::{Cause, Exec, ExecEvent, Exited, Stage, Status},
    frame::{self, FrameReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use nix::{errno::Errno, unistd::Gid};
use tokio::{sync::Notify, time::sleep};

use super::{
    input::{Farewell, feed},
    output::Outputs,
};
use crate::{
    agent::Agent,
    descriptor::Descriptor,
    errno::describe,
    process::{
        spawn::{Child, SpawnError, decode_failure},
        tree,
    },
};

/// Runs one command and reports on it until it has ended or the host has left.
pub async fn run<R, W>(
    agent: &Agent,
    request: Exec,
    requests: FrameReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let tag = agent.tags.borrow_mut().take();
    let child = match spawn(agent, &request, tag).await {
        Ok(child) => child,
        Err(error) => return not_started(output, error).await,
    };
    let _running = agent.mark_running(tag);
    let outcome = supervise(agent, &request, child, tag, requests, output).await;
    if outcome.is_err() {
        // The host has left, or does not keep to the protocol.
        tree::kill(tag).await;
    }
    outcome
}

async fn supervise<R, W>(
    agent: &Agent,
    request: &Exec,
    child: Child,
    tag: Gid,
    requests: FrameReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let status = agent.reaper.watch(child.pid);
    let oom_kills = agent.oom.count();
    if let Some(error) = failure(child.failure).await? {
        return not_started(output, error).await;
    }
    let mut outputs = Outputs::new(child.stdout, child.stderr, request)?;
    outputs.started(child.pid.as_raw().unsigned_abs())?;
    let stdin = child.stdin.map(Descriptor::new).transpose()?;
    let (stdin_wanted, ended) = (Notify::new(), Notify::new());
    let (status, cause) = {
        let mut status = pin!(status);
        let mut input = pin!(feed(requests, stdin, &stdin_wanted));
        let mut deadline = pin!(sleep(Duration::from_millis(request.timeout_ms)));
        let mut pump = pin!(outputs.pump(&agent.scratch, output, &stdin_wanted, &ended));
        // Set once: the first cause of an end wins.
        let mut cause = Cause::Itself;
        let status = loop {
            cause = tokio::select! {
                biased;
                status = &mut status => break status,
                farewell = &mut input, if cause == Cause::Itself => match farewell {
                    Farewell::Kill => Cause::Killed,
                    Farewell::Gone => return Err(io::ErrorKind::ConnectionAborted.into()),
                },
                () = &mut deadline, if cause == Cause::Itself => Cause::Deadline,
                // Before the command has ended it only returns when nothing reaches the host any more.
                sent = &mut pump => return sent.and(Err(io::ErrorKind::ConnectionAborted.into())),
            };
            tree::kill(tag).await;
        };
        ended.notify_one();
        pump.await?;
        (status.map_err(io::Error::other)?, cause)
    };
    let (stdout_bytes, stderr_bytes) = outputs.totals();
    let killed = matches!(status, Status::Signal(9) | Status::Code(137));
    let oom_killed = cause == Cause::Itself && killed && agent.oom.count() > oom_kills;
    outputs.finish(agent, output, Exited { status, cause, oom_killed, stdout_bytes, stderr_bytes }).await
}

async fn not_started<W: AsyncWrite + Unpin>(output: &mut W, (stage, errno): SpawnError) -> io::Result<()> {
    frame::send(output, &ExecEvent::NotStarted { stage, error: describe(errno) }).await
}

/// Forks the command. Where the processes that ended commands left behind have used the limit up, the most
/// numerous of them go first.
async fn spawn(agent: &Agent, request: &Exec, tag: Gid) -> Result<Child, SpawnError> {
    match agent.spawner.spawn(request, tag) {
        Err((Stage::Fork, Errno::EAGAIN)) => {
            agent.sweep().await;
            agent.spawner.spawn(request, tag)
        }
        outcome => outcome,
    }
}

/// What kept the program from running; `None` once it runs.
async fn failure(pipe: OwnedFd) -> io::Result<Option<SpawnError>> {
    let pipe = Descriptor::new(pipe)?;
    let mut bytes = [0; 8];
    // So few bytes are written at once, or none.
    let count = pipe.read(&mut bytes).await?;
    Ok(decode_failure(bytes.get(..count).unwrap_or_default()))
}
