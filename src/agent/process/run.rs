use std::io;

use cofferdam_fstree::describe;
use cofferdam_protocol::{
    process::ExecEvent,
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};

use super::{
    commands::Commands,
    input::{Wishes, feed},
    kill::kill,
    launch::Start,
    output::Milestones,
    spawn_error::SpawnError,
    supervise::supervise,
};

use crate::disk::DiskLimit;

/// Runs one command and reports on it until it has ended or the host is gone.
pub async fn run<R, W>(
    commands: &Commands,
    disk: &DiskLimit,
    start: Start,
    mut requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut attempt = 0;
    loop {
        let error = match start.launch(commands, None).await {
            Ok(launched) => {
                disk.touch();
                let milestones = Milestones::default();
                let entry = launched.guard.entry.clone();
                let wishes =
                    Wishes { stdin_wanted: &milestones.stdin_wanted, end_wanted: &milestones.end_wanted };
                let input = feed(&mut requests, &entry.stdin, wishes);
                let exec = &start.exec;
                match supervise(commands, disk, exec, launched, (&milestones, input), || (), output).await {
                    Ok(Some(error)) => error,
                    Ok(None) => return Ok(()),
                    Err(error) => {
                        // The host is gone, or breaks the protocol.
                        kill(entry.mark).await;
                        return Err(error);
                    }
                }
            }
            Err(error) => error,
        };
        if !start.may_retry(error, attempt) {
            return not_started(output, error).await;
        }
        attempt += 1;
    }
}

/// Reports that a command could not be started.
pub async fn not_started<W: AsyncWrite + Unpin>(
    output: &mut W,
    (stage, errno): SpawnError,
) -> io::Result<()> {
    message::send(output, &ExecEvent::NotStarted { stage, error: describe(errno) }).await
}
