use std::io;

use cofferdam_protocol::{
    process::{
        ExecEvent, Output,
        handle::{Attached, Position},
    },
    wire::{
        limits::CHUNK,
        message::{self, MessageReader},
    },
};
use futures_util::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;

use super::{
    input::{Wishes, feed},
    log::{Log, Place},
    table::Entry,
};

/// Tells a host of a detached process, from a place in its output on, until it has ended or the host leaves.
pub async fn follow<R, W>(
    entry: &Entry,
    from: Position,
    mut requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let Some(log) = &entry.particulars.log else { return Ok(()) };
    let place = log.place(from);
    let process = entry.describe();
    let attached = Attached { process, stdout: place.stdout, stderr: place.stderr };
    message::send(output, &ExecEvent::Attached(attached)).await?;
    let wanted = Notify::new();
    let wishes = Wishes { stdin_wanted: &wanted, end_wanted: &entry.killed };
    tokio::select! {
        sent = send(entry, log, place, &wanted, output) => sent,
        () = feed(&mut requests, &entry.stdin, wishes) => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

/// Sends output as it comes. A host that reads slowly finds gaps.
async fn send<W: AsyncWrite + Unpin>(
    entry: &Entry,
    log: &Log,
    mut place: Place,
    wanted: &Notify,
    output: &mut W,
) -> io::Result<()> {
    let mut outbox = Vec::new();
    loop {
        let changed = log.changed();
        tokio::pin!(changed);
        // From here on it misses nothing.
        changed.as_mut().enable();
        let is_closed = log.is_closed();
        for stream in [Output::Stdout, Output::Stderr] {
            if let Some(piece) = log.read(stream, &mut place, CHUNK) {
                if piece.gap > 0 {
                    message::append(&mut outbox, &ExecEvent::Gap { stream, bytes: piece.gap })?;
                }
                if !piece.data.is_empty() {
                    message::append(&mut outbox, &ExecEvent::Output { stream, data: &piece.data })?;
                }
            }
        }
        if !outbox.is_empty() {
            output.write_all(&outbox).await?;
            output.flush().await?;
            outbox.clear();
        } else if is_closed {
            return match entry.ended() {
                Some(exited) => message::send(output, &ExecEvent::Exited(exited)).await,
                None => Ok(()),
            };
        } else {
            tokio::select! {
                () = changed => {}
                () = wanted.notified() => message::append(&mut outbox, &ExecEvent::StdinWanted)?,
            }
        }
    }
}
