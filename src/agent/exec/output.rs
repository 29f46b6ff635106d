//! A command's output on its way to the host.

use std::{cell::RefCell, io, os::fd::OwnedFd, time::Duration};

use cofferdam_protocol::{
    Tail,
    exec::{Exec, ExecEvent, Output},
    frame,
};
use futures_util::io::{AsyncWrite, AsyncWriteExt};
use tokio::{sync::Notify, task::yield_now, time::Instant};

use super::scratch::Scratch;
use crate::{agent::Agent, descriptor::Descriptor};

/// How long output is still read after a command's end, when another process holds its pipes: enough for a
/// `tee` that the command left behind, and no burden on one that leaves a server behind.
const GRACE: Duration = Duration::from_millis(50);

/// After so many bytes that only had to be counted, the other operations get their turn.
const FAIRNESS: u64 = 1024 * 1024;

/// One of the two output streams.
struct Source {
    stream: Output,
    /// `None` at its end.
    pipe: Option<Descriptor>,
    /// All bytes read.
    total: u64,
    /// Bytes that are still sent as they come.
    allowance: u64,
    tail: Tail,
}

impl Source {
    fn new(stream: Output, pipe: OwnedFd, request: &Exec) -> io::Result<Self> {
        let half = usize::try_from(request.output_limit / 2).unwrap_or(usize::MAX);
        Ok(Self {
            stream,
            pipe: Some(Descriptor::new(pipe)?),
            total: 0,
            allowance: if request.streamed { u64::MAX } else { request.output_limit },
            tail: Tail::new(half),
        })
    }

    /// Waits until there is something to read; for ever once the stream has ended.
    async fn readable(&self) -> Output {
        match &self.pipe {
            // An error shows again when it is read.
            Some(pipe) => drop(pipe.readable().await),
            None => std::future::pending().await,
        }
        self.stream
    }

    /// Reads what is there: a frame for the host, if there is anything that it gets to see.
    fn take(&mut self, scratch: &mut Scratch) -> io::Result<Option<Vec<u8>>> {
        let mut counted = 0;
        while let Some(pipe) = &self.pipe {
            let sending = self.allowance > 0;
            let buffer = if sending { scratch.first(self.allowance) } else { scratch.all() };
            let count = match pipe.try_read(buffer) {
                None => return Ok(None),
                Some(Ok(0) | Err(_)) => {
                    self.pipe = None;
                    return Ok(None);
                }
                Some(Ok(count)) => count,
            };
            let data = buffer.get(..count).unwrap_or_default();
            self.total += count as u64;
            if sending {
                self.allowance -= count as u64;
                return frame::encode(&ExecEvent::Output { stream: self.stream, data }).map(Some);
            }
            self.tail.push(data);
            counted += count as u64;
            if counted >= FAIRNESS {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// Both output streams of a command.
pub struct Outputs {
    stdout: Source,
    stderr: Source,
}

impl Outputs {
    /// Takes over the reading ends of a command's pipes.
    pub fn new(stdout: OwnedFd, stderr: OwnedFd, request: &Exec) -> io::Result<Self> {
        Ok(Self {
            stdout: Source::new(Output::Stdout, stdout, request)?,
            stderr: Source::new(Output::Stderr, stderr, request)?,
        })
    }

    /// Sends output until the command has ended (`ended` is notified) and all that it wrote is read.
    pub async fn pump<W: AsyncWrite + Unpin>(
        &mut self,
        scratch: &RefCell<Scratch>,
        output: &mut W,
        stdin_wanted: &Notify,
        ended: &Notify,
    ) -> io::Result<()> {
        let mut last_moment = None;
        loop {
            if last_moment.is_some() && self.stdout.pipe.is_none() && self.stderr.pipe.is_none() {
                return Ok(());
            }
            let grace = async {
                match last_moment {
                    Some(moment) => tokio::time::sleep_until(moment).await,
                    None => std::future::pending().await,
                }
            };
            let stream = tokio::select! {
                stream = self.stdout.readable() => stream,
                stream = self.stderr.readable() => stream,
                () = stdin_wanted.notified() => {
                    frame::send(output, &ExecEvent::StdinWanted).await?;
                    continue;
                }
                () = ended.notified() => {
                    last_moment = Some(Instant::now() + GRACE);
                    continue;
                }
                () = grace => return Ok(()),
            };
            let source = match stream {
                Output::Stdout => &mut self.stdout,
                Output::Stderr => &mut self.stderr,
            };
            let frame = source.take(&mut scratch.borrow_mut())?;
            match frame {
                Some(frame) => output.write_all(&frame).await?,
                // A flood keeps its pipe readable for ever.
                None => yield_now().await,
            }
        }
    }

    /// How much was written to each stream, in bytes.
    pub fn totals(&self) -> (u64, u64) {
        (self.stdout.total, self.stderr.total)
    }

    /// Sends what was kept past the limit, and leaves pipes that are still held to be drained.
    pub async fn finish<W: AsyncWrite + Unpin>(self, agent: &Agent, output: &mut W) -> io::Result<()> {
        for source in [self.stdout, self.stderr] {
            if let Some(pipe) = source.pipe {
                agent.drains.add(pipe);
            }
            for data in source.tail.into_bytes().chunks(cofferdam_protocol::limits::CHUNK) {
                frame::send(output, &ExecEvent::Tail { stream: source.stream, data }).await?;
            }
        }
        Ok(())
    }
}
