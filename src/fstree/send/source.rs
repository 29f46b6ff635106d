use std::io;

use cofferdam_protocol::{
    copy::{Failure, Piece},
    wire::message,
};
use futures_util::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;

/// Where a tree that is sent comes from, in small steps.
pub trait Source {
    /// Adds the next messages, about [`cofferdam_protocol::wire::limits::CHUNK`] bytes at most. `false` when they include
    /// the end.
    ///
    /// # Errors
    /// Why the tree can't be sent as a whole. The messages added so far are part of it, and nothing follows.
    fn fill(&mut self, messages: &mut Vec<u8>) -> Result<bool, Failure>;
}

/// Sends a tree, yielding to other tasks in between. The inner error is reported to the other side as well.
///
/// # Errors
/// When the stream fails.
pub async fn send<W: AsyncWrite + Unpin>(
    source: &mut impl Source,
    output: &mut W,
) -> io::Result<Result<(), Failure>> {
    let mut messages = Vec::new();
    loop {
        messages.clear();
        let filled = source.fill(&mut messages);
        if let Err(failure) = &filled {
            message::append(&mut messages, &Piece::Failed(failure.clone()))?;
        }
        output.write_all(&messages).await?;
        match filled {
            Ok(true) => yield_now().await,
            Ok(false) => return output.flush().await.map(Ok),
            Err(failure) => return output.flush().await.map(|()| Err(failure)),
        }
    }
}
