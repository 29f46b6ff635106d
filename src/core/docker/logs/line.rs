use std::{collections::VecDeque, mem};

use cofferdam_protocol::process::Output;

use super::LogChunk;

/// The longest line that is handed over as one, in bytes: the container decides where a line ends.
pub const MAX_LINE: usize = 64 * 1024;

/// Engines cut longer lines into parts of so many bytes, each with a time.
pub const PART: usize = 16 * 1024;

/// The form of a time before a line, with the space after it; a 0 stands for any digit.
const STAMP: &[u8] = b"0000-00-00T00:00:00.000000000Z ";

/// The current line of one stream of a log with times. Between the parts of a line, the times are left out.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about what has come so far")]
pub struct Line {
    stream: Output,
    /// Whether parts follow each other without frames around them.
    terminal: bool,
    bytes: Vec<u8>,
    /// Whether nothing of the line has come.
    is_new: bool,
    /// Whether the beginning of the line was handed over already.
    continued: bool,
    /// How many bytes are left until a terminal's next part begins.
    left: usize,
    /// What may be the time of that part.
    probe: Vec<u8>,
    /// Whether the time at the beginning of a frame is left out.
    skips: bool,
}

impl Line {
    pub fn new(stream: Output, terminal: bool) -> Self {
        Self {
            stream,
            terminal,
            bytes: Vec::new(),
            is_new: true,
            continued: false,
            left: STAMP.len() + PART,
            probe: Vec::new(),
            skips: false,
        }
    }

    /// Begins a frame. If the one before it ended within a line, it has the next part of that.
    pub fn begin_frame(&mut self) {
        self.skips = !self.is_new;
    }

    /// Ends a frame of so many bytes. Only the parts of a long line end without its end.
    pub fn end_frame(&mut self, length: usize, ready: &mut VecDeque<LogChunk>) {
        if !self.is_new && length < PART {
            self.end(ready);
        }
    }

    pub fn push(&mut self, mut data: &[u8], ready: &mut VecDeque<LogChunk>) {
        if self.skips {
            let Some(space) = data.iter().position(|byte| *byte == b' ') else { return };
            self.skips = false;
            data = data.get(space + 1..).unwrap_or_default();
        }
        while !data.is_empty() {
            let line = data.iter().position(|byte| *byte == b'\n').map_or(data.len(), |end| end + 1);
            if self.terminal && self.left == 0 {
                let (some, rest) = data.split_at(line.min(STAMP.len() - self.probe.len()));
                self.probe.extend_from_slice(some);
                data = rest;
                self.judge_probe(ready);
            } else {
                let room = MAX_LINE - self.bytes.len();
                let (some, rest) = data.split_at(line.min(room).min(self.left.max(1)));
                self.add(some, ready);
                data = rest;
            }
        }
    }

    /// Ends the line, if there is one.
    pub fn end(&mut self, ready: &mut VecDeque<LogChunk>) {
        for byte in mem::take(&mut self.probe) {
            self.add(&[byte], ready);
        }
        self.hand_over(ready);
        *self = Self::new(self.stream, self.terminal);
    }

    /// Decides whether it is a time, which is left out, or a part of the line.
    fn judge_probe(&mut self, ready: &mut VecDeque<LogChunk>) {
        let fits =
            |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
        if !self.probe.iter().zip(STAMP).all(fits) {
            self.left = usize::MAX;
            for byte in mem::take(&mut self.probe) {
                self.add(&[byte], ready);
            }
        } else if self.probe.len() == STAMP.len() {
            self.probe.clear();
            self.left = PART;
        }
    }

    /// Adds a piece for which there is room, and which ends with the line if it has the end.
    fn add(&mut self, piece: &[u8], ready: &mut VecDeque<LogChunk>) {
        self.is_new = false;
        self.bytes.extend_from_slice(piece);
        if self.terminal && self.left != usize::MAX {
            self.left = self.left.saturating_sub(piece.len());
        }
        if piece.ends_with(b"\n") {
            self.end(ready);
        } else if self.bytes.len() == MAX_LINE {
            self.hand_over(ready);
            self.continued = true;
        }
    }

    /// Hands over what there is of the line. Its time ends at the first space.
    fn hand_over(&mut self, ready: &mut VecDeque<LogChunk>) {
        if self.bytes.is_empty() {
            return;
        }
        let line = mem::take(&mut self.bytes);
        let space = line.iter().position(|byte| *byte == b' ').filter(|_| !self.continued);
        let (timestamp, data) = match space.map(|space| line.split_at(space)) {
            Some((timestamp, data)) => (
                Some(String::from_utf8_lossy(timestamp).into_owned()),
                data.get(1..).unwrap_or_default().to_vec(),
            ),
            None => (None, line),
        };
        ready.push_back(LogChunk { stream: self.stream, data, timestamp });
    }
}
