use std::io;

use cofferdam_protocol::{
    copy::{Failure, Piece},
    wire::message::MessageReader,
};
use futures_util::io::AsyncRead;
use tokio::task::yield_now;

use super::{receiver::Receiver, sweep::sweep};

/// Yields to other tasks after this many pieces.
const TURN: usize = 64;

/// Why a tree was not received as a whole.
#[derive(Debug)]
pub enum Unfinished {
    /// The stream failed, or carried an invalid message.
    Lost(io::Error),
    /// The sender gave up.
    Sender(Failure),
    /// A piece can't be put in its place.
    Receiver(Failure),
}

/// Receives a tree, yielding to other tasks in between. Abandoned drafts in the target's directory are removed first. On
/// failure, everything that is not yet in its place is removed.
///
/// # Errors
/// When not all of it is in its place; see [`Receiver::copied`] for how much is.
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
