use std::io;

use cofferdam_protocol::{
    copy::{Failure, Piece},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;

use crate::{receiver::Receiver, sweep::sweep};

/// After so many pieces others get their turn.
const TURN: usize = 64;

/// What a tree is sent from, a little at a time.
pub trait Source {
    /// Adds the next messages, about [`cofferdam_protocol::wire::limits::CHUNK`] bytes of them at most. `false` when the end is
    /// among them.
    ///
    /// # Errors
    /// When it can't be sent as a whole. What was added is part of it, and nothing follows.
    fn fill(&mut self, frames: &mut Vec<u8>) -> Result<bool, Failure>;
}

/// Sends a tree; others get their turn meanwhile. The inner error is told to the other side as well.
///
/// # Errors
/// When the stream fails.
pub async fn send<W: AsyncWrite + Unpin>(
    source: &mut impl Source,
    output: &mut W,
) -> io::Result<Result<(), Failure>> {
    let mut frames = Vec::new();
    loop {
        frames.clear();
        let filled = source.fill(&mut frames);
        if let Err(failure) = &filled {
            message::append(&mut frames, &Piece::Failed(failure.clone()))?;
        }
        output.write_all(&frames).await?;
        match filled {
            Ok(true) => yield_now().await,
            Ok(false) => return output.flush().await.map(Ok),
            Err(failure) => return output.flush().await.map(|()| Err(failure)),
        }
    }
}

/// Why a tree was not received as a whole.
#[derive(Debug)]
pub enum Unfinished {
    /// The stream failed, or what came was no message.
    Lost(io::Error),
    /// The sender gave up.
    Sender(Failure),
    /// It can't be put where it should be.
    Receiver(Failure),
}

/// Receives a tree; others get their turn meanwhile. When it fails, what is not in its place yet is gone. What others have left
/// half-made in the directory that it goes to goes first.
///
/// # Errors
/// When not all of it is in its place; [`Receiver::copied`] tells what is.
pub async fn receive<R: AsyncRead + Unpin>(
    receiver: &mut Receiver,
    input: &mut MessageReader<R>,
) -> Result<(), Unfinished> {
    sweep(receiver.place()).await;
    let outcome = receive_pieces(receiver, input).await;
    if outcome.is_err()
        && let Some(mut deletion) = receiver.deletion()
    {
        while let Ok(true) = deletion.step() {
            yield_now().await;
        }
    }
    receiver.abandon();
    outcome
}

async fn receive_pieces<R: AsyncRead + Unpin>(
    receiver: &mut Receiver,
    input: &mut MessageReader<R>,
) -> Result<(), Unfinished> {
    for count in 1.. {
        match input.next().await.map_err(Unfinished::Lost)? {
            None => break,
            Some(Piece::Failed(failure)) => return Err(Unfinished::Sender(failure)),
            Some(Piece::End) => return receiver.finish().map_err(Unfinished::Receiver),
            Some(piece) => receiver.accept(&piece).map_err(Unfinished::Receiver)?,
        }
        if count % TURN == 0 {
            yield_now().await;
        }
    }
    Err(Unfinished::Lost(io::ErrorKind::UnexpectedEof.into()))
}
