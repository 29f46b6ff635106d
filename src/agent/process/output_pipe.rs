use std::{io, mem, os::fd::OwnedFd};

use cofferdam_protocol::{
    Tail,
    process::{Exec, Output},
};

use super::{destination::Destination, scratch::Scratch};

use crate::descriptor::Descriptor;

/// Yields to other operations after this many bytes that are only counted.
pub const FAIRNESS: u64 = 1024 * 1024;

/// One of a command's two output streams.
pub struct OutputPipe {
    stream: Output,
    /// `None` once it has ended.
    pipe: Option<Descriptor>,
    /// All bytes read.
    total: u64,
    /// How many more bytes are sent as they come.
    allowance: u64,
    /// The last bytes after those.
    tail: Tail,
}

/// How to read from a pipe; `None` when it would block.
pub type Read = fn(&Descriptor, &mut [u8]) -> Option<io::Result<usize>>;

/// What [`OutputPipe::take`] did with the contents of a pipe.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// The pipe was empty, or has ended.
    Nothing,
    /// They were counted, and the last of them kept.
    Counted,
    /// They are on their way.
    Queued,
}

impl OutputPipe {
    /// Takes over the reading end of a stream's pipe. Without one, the stream has ended.
    pub fn new(stream: Output, pipe: Option<OwnedFd>, request: &Exec) -> io::Result<Self> {
        let half = usize::try_from(request.output_limit / 2).unwrap_or(usize::MAX);
        Ok(Self {
            stream,
            pipe: pipe.map(Descriptor::new).transpose()?,
            total: 0,
            allowance: if request.streamed { u64::MAX } else { request.output_limit },
            tail: Tail::new(half),
        })
    }

    /// Waits until there is something to read; forever once the stream has ended.
    pub async fn readable(&self) -> Output {
        match &self.pipe {
            // An error returns when the pipe is read.
            Some(pipe) => drop(pipe.readable().await),
            None => std::future::pending().await,
        }
        self.stream
    }

    /// Whether the stream has ended.
    pub fn has_ended(&self) -> bool {
        self.pipe.is_none()
    }

    /// How much was written to the stream, in bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Reads once and passes on what it has read. Past the output limit it reads for a while and only counts.
    pub fn take(
        &mut self,
        read: Read,
        scratch: &mut Scratch,
        destination: &mut Destination,
    ) -> io::Result<Took> {
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
                destination.push(self.stream, data)?;
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

    /// Ends the stream: gives its pipe, if a process still holds it open, and the last bytes past the output limit.
    pub fn finish(&mut self) -> (Option<Descriptor>, Vec<u8>) {
        (self.pipe.take(), mem::replace(&mut self.tail, Tail::new(0)).into_bytes())
    }
}
