use std::collections::VecDeque;

use bytes::{Buf, Bytes};
use cofferdam_protocol::process::Output;

use super::{LogChunk, line::Line};
use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// The length of a frame's head: the stream, three zeros, the length of the data.
const HEAD: usize = 8;

/// The size at which a batch is handed over, in bytes.
const BATCH: usize = 256 * 1024;

/// How much of the engine's own error is kept, in bytes.
const MAX_REASON: usize = 8 * 1024;

/// Decodes a log: frames of two streams, or the plain output of a terminal.
pub struct Decoder {
    terminal: bool,
    /// The bytes of an incomplete frame head.
    head: Vec<u8>,
    frame: Option<Frame>,
    /// The current lines of standard output and standard error, if there are timestamps.
    lines: Option<[Line; 2]>,
    ready: VecDeque<LogChunk>,
    size: usize,
}

/// The current frame.
struct Frame {
    content: Content,
    length: usize,
    /// How many of its bytes are missing.
    left: usize,
}

enum Content {
    Output(Output),
    /// Why the engine can't read on.
    Reason(Vec<u8>),
}

impl Decoder {
    pub fn new(terminal: bool, timestamps: bool) -> Self {
        let endless =
            Frame { content: Content::Output(Output::Stdout), length: usize::MAX, left: usize::MAX };
        let lines = [Output::Stdout, Output::Stderr].map(|stream| Line::new(stream, terminal));
        Self {
            terminal,
            head: Vec::new(),
            frame: terminal.then_some(endless),
            lines: timestamps.then_some(lines),
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

    /// Takes the next bytes. After an error, what came before it can be taken.
    ///
    /// # Errors
    /// `ENGINE_ERROR` for what is no log, and with the engine's own words if it can't read on.
    pub fn push(&mut self, mut data: Bytes) -> Result<()> {
        while !data.is_empty() {
            let Some(frame) = &mut self.frame else {
                let missing = (HEAD - self.head.len()).min(data.len());
                self.head.extend_from_slice(&data.split_to(missing));
                self.begin()?;
                continue;
            };
            let piece = data.split_to(frame.left.min(data.len()));
            match &mut frame.content {
                Content::Output(stream) => {
                    let stream = *stream;
                    if !self.terminal {
                        frame.left -= piece.remaining();
                    }
                    self.append(stream, &piece);
                }
                Content::Reason(text) => {
                    frame.left -= piece.remaining();
                    let room = MAX_REASON.saturating_sub(text.len()).min(piece.len());
                    text.extend_from_slice(piece.get(..room).unwrap_or_default());
                }
            }
            self.end_if_complete()?;
        }
        Ok(())
    }

    /// Begins a frame once its head is complete.
    fn begin(&mut self) -> Result<()> {
        let Ok([stream, _, _, _, length @ ..]) = <[u8; HEAD]>::try_from(self.head.as_slice()) else {
            return Ok(());
        };
        self.head.clear();
        let content = match stream {
            0 | 1 => Content::Output(Output::Stdout),
            2 => Content::Output(Output::Stderr),
            // The engine's own stream for errors of the log.
            3 => Content::Reason(Vec::new()),
            _ => return Err(broken("could not decode the log: unknown stream in a frame")),
        };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if let Content::Output(stream) = content
            && length > 0
            && let Some(line) = self.line(stream)
        {
            line.begin_frame();
        }
        self.frame = Some(Frame { content, length, left: length });
        self.end_if_complete()
    }

    fn end_if_complete(&mut self) -> Result<()> {
        let Some(Frame { content, length, .. }) = self.frame.take_if(|frame| frame.left == 0) else {
            return Ok(());
        };
        match content {
            Content::Reason(text) => {
                let text = String::from_utf8_lossy(&text).trim().to_owned();
                Err(Error::new(Code::EngineError, format!("the engine could not read on in the log: {text}"))
                    .detail("message", text))
            }
            Content::Output(stream) => {
                if length > 0
                    && let Some([stdout, stderr]) = &mut self.lines
                {
                    let line = if stream == Output::Stdout { stdout } else { stderr };
                    line.end_frame(length, &mut self.ready);
                }
                Ok(())
            }
        }
    }

    fn append(&mut self, stream: Output, piece: &[u8]) {
        self.size += piece.len();
        if let Some([stdout, stderr]) = &mut self.lines {
            let line = if stream == Output::Stdout { stdout } else { stderr };
            line.push(piece, &mut self.ready);
            return;
        }
        match self.ready.back_mut() {
            Some(last) if last.stream == stream => last.data.extend_from_slice(piece),
            _ => self.ready.push_back(LogChunk { stream, data: piece.to_vec(), timestamp: None }),
        }
    }

    fn line(&mut self, stream: Output) -> Option<&mut Line> {
        self.lines.as_mut().map(|[stdout, stderr]| if stream == Output::Stdout { stdout } else { stderr })
    }

    /// Makes ready what there is of lines without an end.
    pub fn flush(&mut self) {
        for line in self.lines.iter_mut().flatten() {
            line.end(&mut self.ready);
        }
    }

    /// Takes the end.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if it comes in the middle of a frame.
    pub fn finish(&mut self) -> Result<()> {
        self.flush();
        if !self.terminal && (!self.head.is_empty() || self.frame.is_some()) {
            return Err(broken("the log ended in the middle of a frame"));
        }
        Ok(())
    }
}

fn broken(message: &'static str) -> Error {
    Error::new(Code::EngineError, message)
}
