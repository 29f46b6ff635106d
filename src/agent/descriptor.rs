use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::OwnedFd,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::io::{AsyncRead, AsyncWrite};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::unix::AsyncFd;

/// A pipe or socket that is read or written without blocking, whichever of the two it is.
pub struct Descriptor(AsyncFd<File>);

impl Descriptor {
    /// Takes a descriptor over.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
        fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        // SAFETY: the file owns its descriptor, which stays the same and open for as long as the `AsyncFd` lives.
        Ok(Self(unsafe { AsyncFd::register(File::from(fd)) }?))
    }

    /// Waits until a read would not block, reads once; 0 at the end.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            if let Ok(result) = ready.try_io(|file| file.get_ref().read(buffer)) {
                return result;
            }
        }
    }

    /// Waits until there is something to read, or the end.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await.map(|mut ready| ready.retain_ready())
    }

    /// Reads, whatever the system has told of the descriptor; `None` when nothing is there.
    pub fn read_now(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        match self.0.get_ref().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            result => Some(result),
        }
    }

    /// Reads what the system has told of; `None` when that is nothing.
    pub fn try_read(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        match self.0.try_io(tokio::io::Interest::READABLE, |mut file| file.read(buffer)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            result => Some(result),
        }
    }

    /// Waits until a write would not block, writes once.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.async_io(tokio::io::Interest::WRITABLE, |mut file| file.write(bytes)).await
    }
}

/// The two ends of a link: what comes from the host and what goes to it.
pub struct Duplex {
    /// From the host.
    pub input: Descriptor,
    /// To the host.
    pub output: Descriptor,
}

impl AsyncRead for Duplex {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.input.0.poll_read_ready(cx))?;
            if let Ok(result) = ready.try_io(|file| file.get_ref().read(buffer)) {
                return Poll::Ready(result);
            }
        }
    }
}

impl AsyncWrite for Duplex {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.output.0.poll_write_ready(cx))?;
            if let Ok(result) = ready.try_io(|file| file.get_ref().write(bytes)) {
                return Poll::Ready(result);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
