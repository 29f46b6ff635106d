use std::{cell::Cell, fs::File, io, os::fd::OwnedFd, pin::pin, time::Duration};

use cofferdam_protocol::process::{Cause, Exec, Exited, Output, Stage};
use futures_util::io::AsyncWrite;
use nix::{errno::Errno, unistd::Pid};
use tokio::{sync::Notify, time::sleep};

use super::{
    commands::Commands,
    kill::{ask_to_end, kill},
    oom::is_victim,
    output::{Milestones, Outputs},
    spawn_error::{self, SpawnError},
    table::Guard,
};

use crate::{descriptor::Descriptor, disk::DiskLimit};

/// A child that was handed its command.
pub struct Launched<'a> {
    /// Its process id.
    pub pid: Pid,
    /// Its place in the table.
    pub guard: Guard<'a>,
    /// The plan, until the child has read it.
    pub plan: File,
    /// Ends when the program runs. If that fails, it gives a [`spawn_error`] first.
    pub failure: OwnedFd,
    /// Its output.
    pub outputs: Outputs,
}

/// Waits for a command to end and reports that. `started` is called when its program runs. Returns the reason if that never
/// happened.
pub async fn supervise<W>(
    commands: &Commands,
    disk: &DiskLimit,
    request: &Exec,
    launched: Launched<'_>,
    (milestones, input): (&Milestones, impl Future<Output = ()>),
    started: impl FnOnce(),
    output: &mut W,
) -> io::Result<Option<SpawnError>>
where
    W: AsyncWrite + Unpin,
{
    let Launched { pid, guard, plan, failure, mut outputs } = launched;
    let mark = guard.entry.mark;
    let end = commands.reaper.watch(pid);
    let before = commands.limits.count();
    let ended = {
        let mut end = pin!(end);
        let mut starting = pin!(start(failure, &plan));
        let mut input = pin!(input);
        let mut deadline = pin!(deadline(request.timeout_ms));
        let mut full = pin!(disk.exceeded());
        let mut pump = pin!(outputs.pump(&commands.scratch, output, milestones));
        let mut report_start = Some(|| {
            milestones.started.notify_one();
            started();
        });
        // Set once: the first cause of an end wins.
        let cause = Cell::new(Cause::Itself);
        let doomed = Notify::new();
        let mut ending = pin!(async {
            doomed.notified().await;
            if let (Cause::Deadline | Cause::Killed, Some(grace)) = (cause.get(), request.grace) {
                ask_to_end(mark, grace).await;
            }
            kill(mark).await;
        });
        let (mut all_ended, mut outcome) = (false, None);
        let ended = loop {
            let is_free = cause.get() == Cause::Itself;
            let doom = tokio::select! {
                biased;
                failed = &mut starting, if report_start.is_some() => {
                    if let Some(error) = failed? {
                        break Err(error);
                    }
                    if let Some(report) = report_start.take() {
                        report();
                    }
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
            if let Some(report) = report_start {
                report();
            }
            milestones.ended.notify_one();
            pump.await?;
        }
        ended
    };
    let (ended, cause) = match ended {
        Ok(ended) => ended,
        Err(error) => return Ok(Some(error)),
    };
    let limits = commands.limits.met_since(before);
    let exited = Exited {
        status: ended.status,
        cause,
        oom_killed: cause == Cause::Itself && limits.memory && is_victim(ended),
        limits,
        output_open: outputs.are_open(),
        stdout_bytes: outputs.total(Output::Stdout),
        stderr_bytes: outputs.total(Output::Stderr),
        elapsed_us: u64::try_from(guard.entry.age().as_micros()).unwrap_or(u64::MAX),
    };
    guard.ended(exited.clone());
    outputs.finish(&commands.drains, output, exited).await.map(|()| None)
}

/// Waits until a command has to end; forever for 0.
async fn deadline(milliseconds: u64) {
    match milliseconds {
        0 => std::future::pending().await,
        milliseconds => sleep(Duration::from_millis(milliseconds)).await,
    }
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
