//! Batches the writes of one turn of a connection.
//!
//! yamux writes and flushes each of its frames in two pieces, and each piece that reaches the engine's stream wakes three
//! processes on its way. So flushing is postponed until the task that drives the connection has nothing more to do. A
//! result and the end of its stream then travel together.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use futures_util::io::{AsyncRead, AsyncWrite};

/// Once this many bytes are buffered, writes wait until they are sent.
const HIGH_WATER: usize = 256 * 1024;

/// A stream whose writes wait for [`Flusher::poll_flush`].
#[derive(Debug)]
pub struct Batched<T>(Arc<Mutex<Inner<T>>>);

/// Sends everything that was written to a [`Batched`].
#[derive(Debug)]
pub struct Flusher<T>(Arc<Mutex<Inner<T>>>);

#[derive(Debug)]
struct Inner<T> {
    io: T,
    buffer: Vec<u8>,
    sent: usize,
}

/// Splits a stream into one that batches writes and the flusher that sends them.
pub fn batched<T>(io: T) -> (Batched<T>, Flusher<T>) {
    let inner = Arc::new(Mutex::new(Inner { io, buffer: Vec::new(), sent: 0 }));
    (Batched(Arc::clone(&inner)), Flusher(inner))
}

impl<T: AsyncWrite + Unpin> Inner<T> {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.buffer.get(self.sent..) {
            match ready!(Pin::new(&mut self.io).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.sent += count,
            }
        }
        self.buffer.clear();
        self.sent = 0;
        Pin::new(&mut self.io).poll_flush(cx)
    }
}

impl<T: AsyncWrite + Unpin> Flusher<T> {
    /// Sends everything that was written. Call it after each turn of the connection.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.0).poll_send(cx)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Batched<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut lock(&self.0).io).poll_read(cx, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Batched<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = lock(&self.0);
        if inner.buffer.len() >= HIGH_WATER {
            ready!(inner.poll_send(cx))?;
        }
        inner.buffer.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = lock(&self.0);
        ready!(inner.poll_send(cx))?;
        Pin::new(&mut inner.io).poll_close(cx)
    }
}

fn lock<T>(inner: &Mutex<Inner<T>>) -> MutexGuard<'_, Inner<T>> {
    // Never contended: the connection and the flusher belong to one task.
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::io::{AsyncWriteExt, Cursor};

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn nothing_is_sent_before_the_turn_ends() {
        let (mut stream, flusher) = batched(Cursor::new(Vec::new()));
        stream.write_all(b"one ").await.unwrap();
        stream.flush().await.unwrap();
        stream.write_all(b"two").await.unwrap();
        assert!(lock(&stream.0).io.get_ref().is_empty());
        poll_fn(|cx| flusher.poll_flush(cx)).await.unwrap();
        assert_eq!(lock(&stream.0).io.get_ref(), b"one two");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_full_buffer_is_sent_before_more_is_accepted() {
        let (mut stream, _flusher) = batched(Cursor::new(Vec::new()));
        stream.write_all(&vec![1; HIGH_WATER]).await.unwrap();
        stream.write_all(&[2]).await.unwrap();
        assert_eq!(lock(&stream.0).io.get_ref().len(), HIGH_WATER);
        assert_eq!(lock(&stream.0).buffer, [2]);
    }
}
