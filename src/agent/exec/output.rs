//! A command's output on its way to the host.

use std::{cell::RefCell, io, os::fd::OwnedFd, time::Duration};

use cofferdam_protocol::{
    Tail,
    process::{Exec, ExecEvent, Exited, Output},
    wire::{limits::CHUNK, message},
};
use futures_util::io::{AsyncWrite, AsyncWriteExt};
use tokio::{sync::Notify, task::yield_now, time::Instant};

use super::scratch::Scratch;

use crate::{agent::Agent, descriptor::Descriptor};

/// How long output is still read after a command's end, when another process holds its pipes: enough for a
/// `tee` that the command left behind, and no burden on one that leaves a server behind.
const GRACE: Duration = Duration::from_millis(50);

/// How long the first word of a command may wait for company: most end before, and then all that is said of
/// them travels as one message.
const STARTED_DELAY: Duration = Duration::from_millis(20);

/// How long output may.
const OUTPUT_DELAY: Duration = Duration::from_millis(1);

/// So many bytes wait for nothing.
const FULL: usize = 32 * 1024;

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

    /// Reads once, or, where bytes only have to be counted, for a while. What the host gets to see of it
    /// becomes a frame in the outbox.
    fn take(&mut self, read: Read, scratch: &mut Scratch, outbox: &mut Vec<u8>) -> io::Result<Took> {
        let mut counted = 0;
        while let Some(pipe) = &self.pipe {
            let sending = self.allowance > 0;
            let buffer = if sending { scratch.first(self.allowance) } else { scratch.all() };
            let count = match read(pipe, buffer) {
                None => break,
                Some(Ok(0) | Err(_)) => {
                    self.pipe = None;
                    break;
                }
                Some(Ok(count)) => count,
            };
            let data = buffer.get(..count).unwrap_or_default();
            self.total += count as u64;
            if sending {
                self.allowance -= count as u64;
                message::append(outbox, &ExecEvent::Output { stream: self.stream, data })?;
                return Ok(Took::Queued);
            }
            self.tail.push(data);
            counted += count as u64;
            if counted >= FAIRNESS {
                break;
            }
        }
        Ok(if counted > 0 { Took::Counted } else { Took::Nothing })
    }
}

/// How a pipe is read: `None` when nothing is there.
type Read = fn(&Descriptor, &mut [u8]) -> Option<io::Result<usize>>;

/// What became of what a pipe held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Took {
    /// It held nothing, or has ended.
    Nothing,
    /// It was counted, and perhaps kept.
    Counted,
    /// It is in the outbox.
    Queued,
}

/// What the rest of a command's life tells the one who speaks to the host.
#[derive(Default)]
pub struct Signals {
    /// Its program runs.
    pub started: Notify,
    /// Its input has been read so far.
    pub stdin_wanted: Notify,
    /// It has ended.
    pub ended: Notify,
}

/// Both output streams of a command, and all else that the host hears of it.
pub struct Outputs {
    stdout: Source,
    stderr: Source,
    outbox: Vec<u8>,
    /// When the outbox is sent at the latest.
    due: Option<Instant>,
}

impl Outputs {
    /// Takes over the reading ends of a command's pipes.
    pub fn new(stdout: OwnedFd, stderr: OwnedFd, request: &Exec) -> io::Result<Self> {
        Ok(Self {
            stdout: Source::new(Output::Stdout, stdout, request)?,
            stderr: Source::new(Output::Stderr, stderr, request)?,
            outbox: Vec::new(),
            due: None,
        })
    }

    /// Sends output until the command has ended and all that it wrote is read. The last of it is left for
    /// [`Outputs::finish`].
    pub async fn pump<W: AsyncWrite + Unpin>(
        &mut self,
        scratch: &RefCell<Scratch>,
        output: &mut W,
        signals: &Signals,
    ) -> io::Result<()> {
        let mut last_moment = None;
        loop {
            if last_moment.is_some() && self.stdout.pipe.is_none() && self.stderr.pipe.is_none() {
                return Ok(());
            }
            let stream = tokio::select! {
                stream = self.stdout.readable() => stream,
                stream = self.stderr.readable() => stream,
                // With the first output, or a little later.
                () = signals.started.notified() => {
                    message::append(&mut self.outbox, &ExecEvent::Started)?;
                    self.send_within(STARTED_DELAY);
                    continue;
                }
                () = signals.stdin_wanted.notified() => {
                    message::append(&mut self.outbox, &ExecEvent::StdinWanted)?;
                    self.send(output).await?;
                    continue;
                }
                () = signals.ended.notified() => {
                    self.drain(scratch, output).await?;
                    last_moment = Some(Instant::now() + GRACE);
                    continue;
                }
                () = until(self.due) => {
                    self.send(output).await?;
                    continue;
                }
                () = until(last_moment) => return self.drain(scratch, output).await,
            };
            let took = self.take(stream, Descriptor::try_read, scratch)?;
            if self.outbox.len() >= FULL {
                self.send(output).await?;
            } else if took == Took::Queued {
                self.send_within(OUTPUT_DELAY);
            } else {
                // A flood keeps its pipe readable for ever.
                yield_now().await;
            }
        }
    }

    /// Reads what the pipes hold, whether or not the system has told of it: in a sandbox that waits for its
    /// processor time, the grace can be over before the first look.
    async fn drain<W: AsyncWrite + Unpin>(
        &mut self,
        scratch: &RefCell<Scratch>,
        output: &mut W,
    ) -> io::Result<()> {
        for stream in [Output::Stdout, Output::Stderr] {
            let before = self.total(stream);
            // What was left behind may write on without end.
            while self.total(stream) - before < FAIRNESS
                && self.take(stream, Descriptor::read_now, scratch)? != Took::Nothing
            {
                if self.outbox.len() >= FULL {
                    self.send(output).await?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, stream: Output, read: Read, scratch: &RefCell<Scratch>) -> io::Result<Took> {
        let source = match stream {
            Output::Stdout => &mut self.stdout,
            Output::Stderr => &mut self.stderr,
        };
        source.take(read, &mut scratch.borrow_mut(), &mut self.outbox)
    }

    /// How much was written to a stream, in bytes.
    pub fn total(&self, stream: Output) -> u64 {
        match stream {
            Output::Stdout => self.stdout.total,
            Output::Stderr => self.stderr.total,
        }
    }

    fn send_within(&mut self, delay: Duration) {
        let due = Instant::now() + delay;
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    async fn send<W: AsyncWrite + Unpin>(&mut self, output: &mut W) -> io::Result<()> {
        self.due = None;
        output.write_all(&self.outbox).await?;
        self.outbox.clear();
        output.flush().await
    }

    /// Sends what was kept past the limit and how the command ended, and leaves pipes that are still held to
    /// be drained.
    pub async fn finish<W: AsyncWrite + Unpin>(
        mut self,
        agent: &Agent,
        output: &mut W,
        exited: Exited,
    ) -> io::Result<()> {
        for source in [&mut self.stdout, &mut self.stderr] {
            if let Some(pipe) = source.pipe.take() {
                agent.drains.add(pipe);
            }
            let tail = std::mem::replace(&mut source.tail, Tail::new(0)).into_bytes();
            for data in tail.chunks(CHUNK) {
                message::append(&mut self.outbox, &ExecEvent::Tail { stream: source.stream, data })?;
            }
        }
        message::append(&mut self.outbox, &ExecEvent::Exited(exited))?;
        self.send(output).await
    }
}

/// Waits until then; for ever without a time.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
