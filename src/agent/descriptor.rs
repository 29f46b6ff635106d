use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::{AsRawFd, OwnedFd, RawFd},
    task::{Context, Poll, ready},
};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::{Interest, unix::AsyncFd};

/// A pipe or a socket that is read or written without blocking.
pub struct Descriptor(AsyncFd<File>);

impl Descriptor {
    /// Takes over a descriptor and makes it non-blocking.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
        fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        // SAFETY: the file owns its descriptor, which stays the same and open for as long as the `AsyncFd` lives.
        Ok(Self(unsafe { AsyncFd::register(File::from(fd)) }?))
    }

    /// Its number, for calls that take one.
    pub fn raw(&self) -> RawFd {
        self.0.get_ref().as_raw_fd()
    }

    /// Waits until a read would not block, then reads once; 0 at the end.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            if let Ok(result) = ready.try_io(|file| file.get_ref().read(buffer)) {
                return result;
            }
        }
    }

    /// [`Descriptor::read`] for callers that poll.
    pub fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_read_ready(cx))?;
            if let Ok(result) = ready.try_io(|file| file.get_ref().read(buffer)) {
                return Poll::Ready(result);
            }
        }
    }

    /// Waits until there is something to read, or the end is reached.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await.map(|mut ready| ready.retain_ready())
    }

    /// Reads, whether or not the system has reported the descriptor as readable; `None` when it would block.
    pub fn read_now(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        match self.0.get_ref().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            result => Some(result),
        }
    }

    /// Reads if the system has reported the descriptor as readable; `None` when it has not, or when it would block.
    pub fn try_read(&self, buffer: &mut [u8]) -> Option<io::Result<usize>> {
        match self.0.try_io(Interest::READABLE, |mut file| file.read(buffer)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            result => Some(result),
        }
    }

    /// Waits until a write would not block, then writes once.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.async_io(Interest::WRITABLE, |mut file| file.write(bytes)).await
    }

    /// [`Descriptor::write`] for callers that poll.
    pub fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.0.poll_write_ready(cx))?;
            if let Ok(result) = ready.try_io(|file| file.get_ref().write(bytes)) {
                return Poll::Ready(result);
            }
        }
    }
}
