use std::pin::Pin;

use tokio::io::{AsyncRead as _, AsyncWrite as _, DuplexStream, ReadBuf};

use super::*;

/// One end of a pipe in memory.
pub struct Pipe(DuplexStream);

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        Pin::new(&mut self.0).poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len())
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A link, and the end that an agent would have.
pub fn link() -> (Link, Pipe) {
    let (host, agent) = tokio::io::duplex(64 * 1024);
    let hello = AgentHello { uid: 1000, gid: 1000, home: "/".to_owned(), shell: "/bin/sh".to_owned() };
    (Link::over(Pipe(host), hello).unwrap(), Pipe(agent))
}

/// Both ends before their openings.
pub fn pipe() -> (Pipe, Pipe) {
    let (host, agent) = tokio::io::duplex(64 * 1024);
    (Pipe(host), Pipe(agent))
}
