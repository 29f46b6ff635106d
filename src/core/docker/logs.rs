//! What containers have printed, and print.

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use bollard::errors::Error as Failure;
use bytes::{Buf, Bytes};
use cofferdam_protocol::process::Output;
use http_body_util::BodyExt;
use hyper::{Method, body::Incoming};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{Manager, container};

use crate::{
    engine::{
        Engine,
        http::{Request, segment},
    },
    error::{Code, Error, Result},
};

/// The head of a frame: the stream, three zeros, the length.
const HEAD: usize = 8;

/// A batch is handed over when it holds so many bytes: a call costs more than a kilobyte does.
const BATCH: usize = 256 * 1024;

/// How long what has come waits for company: an engine sends each line by itself.
const COMPANY: Duration = Duration::from_millis(1);

/// Which part of the log.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the engine's own parameters")]
pub struct LogOptions {
    /// Go on with what is printed from now on.
    pub follow: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// Only so many lines of what there is.
    pub tail: Option<u64>,
    /// Only what was printed since then, in seconds since 1970.
    pub since: Option<f64>,
    /// Only what was printed before then.
    pub until: Option<f64>,
    /// When each line was printed.
    pub timestamps: bool,
}

/// A piece of the log.
#[derive(Debug, PartialEq, Eq)]
pub struct LogChunk {
    /// Which stream it is from. A terminal has only one.
    pub stream: Output,
    /// The bytes: one line when there are timestamps.
    pub data: Vec<u8>,
    /// When the line was printed, as the engine writes it.
    pub timestamp: Option<String>,
}

/// The log of a container, piece by piece. Nothing is read before it is asked for; dropping it closes the connection.
pub struct Logs {
    engine: Arc<Engine>,
    body: Incoming,
    decoder: Decoder,
    ended: bool,
}

impl Manager {
    /// The log of a container.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call. A container whose log driver keeps nothing is an `ENGINE_ERROR`.
    pub async fn logs(&self, id: &str, options: &LogOptions) -> Result<Logs> {
        let inspection: Value = super::parse(self.inspect(id).await?.as_bytes())?;
        // Said, not guessed: a terminal's first byte may look like a frame's.
        let terminal = inspection.pointer("/Config/Tty").and_then(Value::as_bool).unwrap_or(false);
        let path = format!("/containers/{}/logs", segment(container(id)?));
        let mut request = Request::new("read a container's log", Method::GET, path)
            .query("stdout", options.stdout)
            .query("stderr", options.stderr)
            .query("follow", options.follow)
            .query("timestamps", options.timestamps);
        for (name, value) in [("since", options.since), ("until", options.until)] {
            if let Some(seconds) = value {
                request = request.query(name, format!("{seconds:.9}"));
            }
        }
        if let Some(lines) = options.tail {
            request = request.query("tail", lines);
        }
        let engine = self.engine().await?;
        let body = engine.open(request).await?;
        Ok(Logs { engine, body, decoder: Decoder::new(terminal, options.timestamps), ended: false })
    }
}

impl Logs {
    /// The next pieces; none at the end.
    ///
    /// # Errors
    /// What breaks on the way.
    pub async fn next(&mut self) -> Result<Vec<LogChunk>> {
        // One timer for the whole batch: an engine's lines come one by one, and each would cost one.
        let mut company = pin!(sleep(COMPANY));
        while !self.ended && !self.decoder.has_batch() {
            let frame = if self.decoder.is_empty() {
                let frame = self.body.frame().await;
                company.as_mut().reset(Instant::now() + COMPANY);
                frame
            } else {
                tokio::select! {
                    biased;
                    frame = self.body.frame() => frame,
                    () = &mut company => break,
                }
            };
            match frame {
                Some(Ok(frame)) => self.decoder.push(frame.into_data().unwrap_or_default())?,
                Some(Err(error)) => {
                    return Err(self.engine.translate("read a container's log", Failure::from(error)));
                }
                None => {
                    self.ended = true;
                    self.decoder.finish()?;
                }
            }
        }
        Ok(self.decoder.take())
    }
}

/// Makes pieces of what the engine sends.
struct Decoder {
    terminal: bool,
    timestamps: bool,
    /// The part of a frame's head that has come.
    head: Vec<u8>,
    /// The frame under way, and how much of it is still to come.
    frame: Option<(Output, usize)>,
    /// With timestamps: the line under way, which belongs to the frame.
    line: Vec<u8>,
    ready: VecDeque<LogChunk>,
    size: usize,
}

impl Decoder {
    fn new(terminal: bool, timestamps: bool) -> Self {
        let frame = terminal.then_some((Output::Stdout, usize::MAX));
        Self {
            terminal,
            timestamps,
            head: Vec::new(),
            frame,
            line: Vec::new(),
            ready: VecDeque::new(),
            size: 0,
        }
    }

    fn has_batch(&self) -> bool {
        self.size >= BATCH
    }

    fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    fn take(&mut self) -> Vec<LogChunk> {
        self.size = 0;
        std::mem::take(&mut self.ready).into()
    }

    fn push(&mut self, mut data: Bytes) -> Result<()> {
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

    /// Begins a frame when its head is whole.
    fn begin(&mut self) -> Result<()> {
        let Ok([stream, _, _, _, length @ ..]) = <[u8; HEAD]>::try_from(self.head.as_slice()) else {
            return Ok(());
        };
        self.head.clear();
        let stream = match stream {
            0 | 1 => Output::Stdout,
            2 => Output::Stderr,
            // The engine's own words about what went wrong with the log.
            3 => return Err(broken("the engine reports an error in the log")),
            _ => return Err(broken("the log's frames can't be understood")),
        };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        self.frame = (length > 0).then_some((stream, length));
        Ok(())
    }

    fn append(&mut self, stream: Output, piece: &[u8]) {
        self.size += piece.len();
        if self.timestamps {
            for part in piece.split_inclusive(|byte| *byte == b'\n') {
                self.line.extend_from_slice(part);
                if part.ends_with(b"\n") {
                    self.end_line(stream);
                }
            }
            return;
        }
        match self.ready.back_mut() {
            Some(last) if last.stream == stream => last.data.extend_from_slice(piece),
            _ => self.ready.push_back(LogChunk { stream, data: piece.to_vec(), timestamp: None }),
        }
    }

    /// Takes the timestamp off a line: it ends at the first space.
    fn end_line(&mut self, stream: Output) {
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let space = line.iter().position(|byte| *byte == b' ');
        let (timestamp, data) = match space.map(|space| line.split_at(space)) {
            Some((timestamp, data)) => (
                Some(String::from_utf8_lossy(timestamp).into_owned()),
                data.get(1..).unwrap_or_default().to_vec(),
            ),
            None => (None, line),
        };
        self.ready.push_back(LogChunk { stream, data, timestamp });
    }

    fn finish(&mut self) -> Result<()> {
        if self.terminal {
            self.end_line(Output::Stdout);
        } else if !self.head.is_empty() || self.frame.is_some() {
            return Err(broken("the log ends in the middle of a frame"));
        }
        Ok(())
    }
}

fn broken(message: &'static str) -> Error {
    Error::new(Code::EngineError, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u8, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0][..], &length, data].concat()
    }

    fn decode(decoder: &mut Decoder, bytes: &[u8], piece: usize) -> Vec<LogChunk> {
        for part in bytes.chunks(piece) {
            decoder.push(Bytes::copy_from_slice(part)).unwrap();
        }
        decoder.finish().unwrap();
        decoder.take()
    }

    fn chunk(stream: Output, data: &[u8]) -> LogChunk {
        LogChunk { stream, data: data.to_vec(), timestamp: None }
    }

    #[test]
    fn frames_may_be_cut_anywhere() {
        let all: Vec<u8> = (0..=255).collect();
        let bytes = [frame(1, &all), frame(1, b"a"), frame(2, b"b"), frame(1, b""), frame(1, b"c")].concat();
        for piece in 1..bytes.len() {
            let chunks = decode(&mut Decoder::new(false, false), &bytes, piece);
            let expected = [
                chunk(Output::Stdout, &[&all[..], b"a"].concat()),
                chunk(Output::Stderr, b"b"),
                chunk(Output::Stdout, b"c"),
            ];
            assert_eq!(chunks, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_terminal_is_not_taken_for_frames() {
        let bytes = frame(1, b"looks like one");
        let chunks = decode(&mut Decoder::new(true, false), &bytes, 3);
        assert_eq!(chunks, [chunk(Output::Stdout, &bytes)]);
    }

    #[test]
    fn a_timestamp_comes_off_each_line() {
        let bytes =
            [frame(1, b"2026-01-01T00:00:00.5Z one two\n"), frame(2, b"2026-01-01T00:00:01Z three")].concat();
        let chunks = decode(&mut Decoder::new(false, true), &bytes, 5);
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0].timestamp.as_deref(), Some("2026-01-01T00:00:00.5Z"));
        assert_eq!(chunks[0].data, b"one two\n");
        assert_eq!((chunks[1].stream, &chunks[1].data[..]), (Output::Stderr, &b"three"[..]));
    }

    #[test]
    fn what_is_no_frame_is_an_error() {
        for bytes in [&b"garbage!"[..], &frame(3, b"x")] {
            assert!(Decoder::new(false, false).push(Bytes::copy_from_slice(bytes)).is_err());
        }
        let mut decoder = Decoder::new(false, false);
        decoder.push(Bytes::from_static(&[1, 0, 0, 0, 0, 0, 0, 9, b'x'])).unwrap();
        assert!(decoder.finish().is_err());
    }
}
