use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use cofferdam_protocol::wire::{
    batch::{Batched, Flusher, batched},
    mux,
};
use futures_util::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use yamux::{Connection, Mode, Stream};

/// Moves the bytes of a link and opens its streams. All streams end with it.
pub struct Driver<T> {
    connection: Connection<Batched<T>>,
    flusher: Flusher<T>,
    requests: mpsc::Receiver<oneshot::Sender<Stream>>,
    waiting: Option<oneshot::Sender<Stream>>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Driver<T> {
    /// Drives a link over `stream`. Each request is answered with a new stream.
    pub fn new(stream: T, requests: mpsc::Receiver<oneshot::Sender<Stream>>) -> Self {
        let (stream, flusher) = batched(stream);
        let connection = Connection::new(stream, mux::config(), Mode::Client);
        Self { connection, flusher, requests, waiting: None }
    }

    /// Runs until the link ends.
    pub async fn run(mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.waiting.is_none() {
                self.waiting = match self.requests.poll_recv(cx) {
                    Poll::Ready(Some(request)) => Some(request),
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => break,
                };
            }
            match self.connection.poll_new_outbound(cx) {
                Poll::Ready(Ok(stream)) => {
                    if let Some(waiting) = self.waiting.take() {
                        // If the caller has given up, the stream ends unused.
                        let _ = waiting.send(stream);
                    }
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        // Agents never open streams: a peer that does is not an agent, so the link ends.
        if self.connection.poll_next_inbound(cx).is_ready() {
            return Poll::Ready(());
        }
        match self.flusher.poll_flush(cx) {
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }
}
