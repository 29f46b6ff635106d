//! Length-delimited messages on a stream: the length as a little-endian `u32`, then that many bytes of postcard.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use serde::{Deserialize, Serialize};

use crate::wire::limits::MAX_MESSAGE;

const HEADER: usize = size_of::<u32>();

/// Encodes a message, with its length in front.
///
/// # Errors
/// `InvalidData` when it is larger than [`MAX_MESSAGE`].
pub fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let mut encoded = Vec::new();
    append(&mut encoded, message)?;
    Ok(encoded)
}

/// Appends an encoded message, with its length in front.
///
/// # Errors
/// `InvalidData` when it is larger than [`MAX_MESSAGE`]. The messages before it may be lost then.
pub fn append<T: Serialize>(messages: &mut Vec<u8>, message: &T) -> io::Result<()> {
    let start = messages.len();
    messages.extend([0; HEADER]);
    *messages = postcard::to_extend(message, std::mem::take(messages)).map_err(invalid)?;
    let length = messages.len() - start - HEADER;
    if length > MAX_MESSAGE {
        return Err(invalid("the message is too large"));
    }
    let header = u32::try_from(length).map_err(invalid)?.to_le_bytes();
    messages.iter_mut().skip(start).zip(header).for_each(|(byte, header)| *byte = header);
    Ok(())
}

/// Sends one message.
///
/// # Errors
/// When it is too large or the stream fails.
pub async fn send<W: AsyncWrite + Unpin, T: Serialize>(io: &mut W, message: &T) -> io::Result<()> {
    io.write_all(&encode(message)?).await?;
    io.flush().await
}

/// Receives messages. Dropping an unfinished `next` loses nothing: the following one continues.
#[derive(Debug)]
pub struct MessageReader<R> {
    io: R,
    buffer: Vec<u8>,
    filled: usize,
}

impl<R: AsyncRead + Unpin> MessageReader<R> {
    /// Reads messages from `io`.
    pub fn new(io: R) -> Self {
        Self { io, buffer: Vec::new(), filled: 0 }
    }

    /// What follows the last message.
    pub fn into_inner(self) -> R {
        self.io
    }

    /// The next message; `None` when the stream has ended after a complete one.
    ///
    /// # Errors
    /// `InvalidData` when the length exceeds [`MAX_MESSAGE`] (before anything is allocated) or the bytes are not such
    /// a message, `UnexpectedEof` when the stream ends within a message, and the errors of the stream.
    pub async fn next<'a, T: Deserialize<'a>>(&'a mut self) -> io::Result<Option<T>> {
        if !poll_fn(|cx| self.poll_message(cx)).await? {
            return Ok(None);
        }
        self.filled = 0;
        postcard::from_bytes(self.buffer.get(HEADER..).unwrap_or_default()).map(Some).map_err(invalid)
    }

    /// Fills the buffer with one encoded message; `false` at the end of the stream.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let wanted = match self.buffer.first_chunk::<HEADER>() {
                Some(header) if self.filled >= HEADER => HEADER + u32::from_le_bytes(*header) as usize,
                _ => HEADER,
            };
            if wanted - HEADER > MAX_MESSAGE {
                return Poll::Ready(Err(invalid("the message is too large")));
            }
            if self.filled == wanted && wanted > HEADER {
                return Poll::Ready(Ok(true));
            }
            self.buffer.resize(wanted, 0);
            if self.filled == wanted {
                // An empty message. No valid one is empty, so the decoder refuses it.
                return Poll::Ready(Ok(true));
            }
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match ready!(Pin::new(&mut self.io).poll_read(cx, free))? {
                0 if self.filled == 0 => return Poll::Ready(Ok(false)),
                0 => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                count => self.filled += count,
            }
        }
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use futures_util::io::Cursor;

    use super::*;
    use crate::process::{ExecEvent, Output};

    #[tokio::test(flavor = "current_thread")]
    async fn messages_arrive_one_by_one() {
        let mut wire = Vec::new();
        for data in [&b"one"[..], b"", &vec![0xff; 70_000]] {
            wire.extend(encode(&ExecEvent::Output { stream: Output::Stderr, data }).unwrap());
        }
        let mut reader = MessageReader::new(Cursor::new(wire));
        for expected in [3, 0, 70_000] {
            let Some(ExecEvent::Output { stream: Output::Stderr, data }) = reader.next().await.unwrap()
            else {
                panic!("no output")
            };
            assert_eq!(data.len(), expected);
        }
        assert!(reader.next::<ExecEvent>().await.unwrap().is_none());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_length_over_the_limit_is_refused_before_it_is_allocated() {
        let mut reader = MessageReader::new(Cursor::new(vec![0xff; 64]));
        assert!(reader.next::<ExecEvent>().await.is_err());
        assert!(reader.buffer.capacity() < 1024);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn empty_truncated_and_unknown_messages_are_errors() {
        for bytes in [&[0, 0, 0, 0][..], &[9, 0, 0, 0, 1], &[1, 0, 0], &[1, 0, 0, 0, 99]] {
            assert!(MessageReader::new(Cursor::new(bytes)).next::<ExecEvent>().await.is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_message_over_the_limit_is_refused() {
        let data = vec![0; MAX_MESSAGE + 1];
        assert!(encode(&ExecEvent::Output { stream: Output::Stdout, data: &data }).is_err());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn random_bytes_never_panic_the_decoder() {
        // A small xorshift generator, for the same input in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut refused = 0;
        for _ in 0..200_000 {
            let mut bytes = Vec::new();
            for _ in 0..state % 48 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                bytes.push(state.to_le_bytes()[0]);
            }
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15) | 1;
            let _ = postcard::from_bytes::<crate::Request>(&bytes);
            let _ = postcard::from_bytes::<ExecEvent>(&bytes);
            let encoded = [&u32::try_from(bytes.len()).unwrap().to_le_bytes()[..], &bytes].concat();
            let mut reader = MessageReader::new(Cursor::new(encoded));
            refused += u32::from(reader.next::<ExecEvent>().await.is_err());
        }
        assert!(refused > 100_000, "{refused}");
    }
}
