use std::collections::VecDeque;

use bytes::{Buf, Bytes};
use cofferdam_protocol::process::Output;

use super::LogChunk;
use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// The length of a frame's head: the stream, three zeros, the length of the data.
const HEAD: usize = 8;

/// The size at which a batch is handed over, in bytes.
const BATCH: usize = 256 * 1024;

/// The longest line that is handed over as one, in bytes: the container decides where a line ends.
const MAX_LINE: usize = 64 * 1024;

/// Decodes a log: frames of two streams, or the plain output of a terminal.
pub struct Decoder {
    terminal: bool,
    timestamps: bool,
    /// The bytes of an incomplete frame head.
    head: Vec<u8>,
    /// The stream of the current frame, and how many of its bytes are missing.
    frame: Option<(Output, usize)>,
    /// The current line, if there are timestamps.
    line: Vec<u8>,
    /// Whether the beginning of the current line was handed over already.
    continued: bool,
    ready: VecDeque<LogChunk>,
    size: usize,
}

impl Decoder {
    pub fn new(terminal: bool, timestamps: bool) -> Self {
        let frame = terminal.then_some((Output::Stdout, usize::MAX));
        Self {
            terminal,
            timestamps,
            head: Vec::new(),
            frame,
            line: Vec::new(),
            continued: false,
            ready: VecDeque::new(),
            size: 0,
        }
    }

    pub fn has_batch(&self) -> bool {
        self.size >= BATCH
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub fn take(&mut self) -> Vec<LogChunk> {
        self.size = 0;
        std::mem::take(&mut self.ready).into()
    }

    pub fn push(&mut self, mut data: Bytes) -> Result<()> {
        while !data.is_empty() {
            match self.frame {
                None => {
                    let missing = (HEAD - self.head.len()).min(data.len());
                    self.head.extend_from_slice(&data.split_to(missing));
                    self.begin()?;
                }
                Some((stream, left)) => {
                    let piece = data.split_to(left.min(data.len()));
                    self.append(stream, &piece);
                    if !self.terminal {
                        let left = left - piece.remaining();
                        self.frame = (left > 0).then_some((stream, left));
                        if left == 0 {
                            self.end_line(stream);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Begins a frame once its head is complete.
    fn begin(&mut self) -> Result<()> {
        let Ok([stream, _, _, _, length @ ..]) = <[u8; HEAD]>::try_from(self.head.as_slice()) else {
            return Ok(());
        };
        self.head.clear();
        let stream = match stream {
            0 | 1 => Output::Stdout,
            2 => Output::Stderr,
            // The engine's own stream for errors of the log.
            3 => return Err(broken("the engine reported an error while reading the log")),
            _ => return Err(broken("could not decode the log: unknown stream in a frame")),
        };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        self.frame = (length > 0).then_some((stream, length));
        Ok(())
    }

    fn append(&mut self, stream: Output, piece: &[u8]) {
        self.size += piece.len();
        if self.timestamps {
            for part in piece.split_inclusive(|byte| *byte == b'\n') {
                self.append_to_line(stream, part);
            }
            return;
        }
        match self.ready.back_mut() {
            Some(last) if last.stream == stream => last.data.extend_from_slice(piece),
            _ => self.ready.push_back(LogChunk { stream, data: piece.to_vec(), timestamp: None }),
        }
    }

    fn append_to_line(&mut self, stream: Output, mut part: &[u8]) {
        while let Some((fits, rest)) = part.split_at_checked((MAX_LINE - self.line.len()).min(part.len()))
            && !fits.is_empty()
        {
            self.line.extend_from_slice(fits);
            part = rest;
            if self.line.ends_with(b"\n") {
                self.end_line(stream);
            } else if self.line.len() == MAX_LINE {
                self.hand_over_line(stream);
                self.continued = true;
            }
        }
    }

    fn end_line(&mut self, stream: Output) {
        self.hand_over_line(stream);
        self.continued = false;
    }

    /// Hands over the current line, or what there is of it. Its timestamp ends at the first space.
    fn hand_over_line(&mut self, stream: Output) {
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let space = line.iter().position(|byte| *byte == b' ').filter(|_| !self.continued);
        let (timestamp, data) = match space.map(|space| line.split_at(space)) {
            Some((timestamp, data)) => (
                Some(String::from_utf8_lossy(timestamp).into_owned()),
                data.get(1..).unwrap_or_default().to_vec(),
            ),
            None => (None, line),
        };
        self.ready.push_back(LogChunk { stream, data, timestamp });
    }

    pub fn finish(&mut self) -> Result<()> {
        if self.terminal {
            self.end_line(Output::Stdout);
        } else if !self.head.is_empty() || self.frame.is_some() {
            return Err(broken("the log ended in the middle of a frame"));
        }
        Ok(())
    }
}

fn broken(message: &'static str) -> Error {
    Error::new(Code::EngineError, message)
}
