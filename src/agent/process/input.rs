//! What the host sends to a running command.

use std::{cell::RefCell, io, os::fd::OwnedFd, rc::Rc};

use cofferdam_protocol::{process::ExecInput, wire::message::MessageReader};
use futures_util::io::AsyncRead;
use tokio::sync::Notify;

use crate::descriptor::Descriptor;

/// Bytes for standard input that the host has sent and the command has not yet read.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    written: usize,
    /// No more will come.
    ended: bool,
}

impl Pending {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }
}

/// The standard input of a process, as far as it is open. Several hosts may write to that of a detached one.
#[derive(Default)]
pub struct Stdin {
    pipe: RefCell<Option<Rc<Descriptor>>>,
    is_terminal: bool,
}

impl Stdin {
    /// Takes over the writing end of a pipe, or the agent's side of a terminal.
    pub fn new(pipe: Option<OwnedFd>, is_terminal: bool) -> io::Result<Self> {
        let pipe = pipe.map(Descriptor::new).transpose()?.map(Rc::new);
        Ok(Self { pipe: RefCell::new(pipe), is_terminal })
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.pipe.borrow().is_some()
    }

    /// Closes it.
    pub fn close(&self) {
        self.pipe.borrow_mut().take();
    }

    /// What to write in the end: a terminal has no other way to say so.
    fn end_of_file(&self) -> &'static [u8] {
        const END_OF_TRANSMISSION: &[u8] = &[4];
        if self.is_terminal { END_OF_TRANSMISSION } else { &[] }
    }

    async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let pipe = self.pipe.borrow().clone();
        match pipe {
            Some(pipe) => pipe.write(bytes).await,
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// What is notified while input is fed.
#[derive(Clone, Copy)]
pub struct Wishes<'a> {
    /// The next chunk should be requested.
    pub stdin_wanted: &'a Notify,
    /// The host wants the process to end.
    pub end_wanted: &'a Notify,
}

/// Feeds standard input until the host leaves, or breaks the protocol.
///
/// The host sends a chunk only when asked for one, so a command that does not read its input never delays a `Kill`.
pub async fn feed<R: AsyncRead + Unpin>(requests: &mut MessageReader<R>, stdin: &Stdin, wishes: Wishes<'_>) {
    let mut pending = Pending::default();
    if stdin.is_open() {
        wishes.stdin_wanted.notify_one();
    }
    loop {
        let idle = pending.rest().is_empty();
        if idle && pending.ended {
            stdin.close();
        }
        tokio::select! {
            input = requests.next() => match input {
                Ok(Some(ExecInput::Stdin(bytes))) if idle && !pending.ended => {
                    pending.bytes = bytes.to_vec();
                    pending.written = 0;
                }
                Ok(Some(ExecInput::StdinEnd)) => {
                    pending.ended = true;
                    pending.bytes.extend(stdin.end_of_file());
                }
                Ok(Some(ExecInput::Kill)) => wishes.end_wanted.notify_one(),
                Ok(Some(ExecInput::Stdin(_)) | None) | Err(_) => return,
            },
            written = stdin.write(pending.rest()), if !idle && stdin.is_open() => match written {
                Ok(count) => {
                    pending.written += count;
                    if pending.rest().is_empty() && !pending.ended {
                        wishes.stdin_wanted.notify_one();
                    }
                }
                // The command has closed its input; the rest is discarded.
                Err(_) => stdin.close(),
            },
        }
    }
}
