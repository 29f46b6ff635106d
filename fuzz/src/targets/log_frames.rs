use std::mem::discriminant;

use bytes::Bytes;
use cofferdam_core::{docker::logs::LogChunk, fuzzing::log};
use cofferdam_protocol::process::Output;

use crate::target::Target;

/// A container's log as engines send it: frames, or the plain output of a terminal; with times or without.
pub const TARGET: Target = Target { name: "log_frames", check, memory: 32 << 20, tokens: TOKENS, seeds };

const TOKENS: &[&[u8]] = &[
    b"\x01\0\0\0\0\0\0\x05",
    b"\x02\0\0\0\0\0\0\x05",
    b"\x03\0\0\0\0\0\0\x05",
    b"\x01\0\0\0\xff\xff\xff\xff",
    b"2026-01-01T00:00:00.000000000Z ",
    b"\n",
    b" ",
];

/// The bits of the first byte that together repeat the data, so that a line becomes very long: few inputs, because it takes long.
const AGAIN: u8 = 0x3c;

/// Bits of the first byte: 1 a terminal, 2 times, those of `AGAIN`. The second byte is the size of the pieces.
fn check(input: &[u8]) {
    let [kind, size, data @ ..] = input else { return };
    let (terminal, timestamps) = (kind & 1 == 1, kind & 2 == 2);
    let data = Bytes::from(if kind & AGAIN == AGAIN {
        data.repeat(1 + (400 << 10) / data.len().max(1))
    } else {
        data.to_vec()
    });
    let size = if kind & AGAIN == AGAIN { 64 * 1024 } else { usize::from(*size).max(1) };
    let pieces = || (0..data.len()).step_by(size).map(|at| data.slice(at..(at + size).min(data.len())));
    let decode = |pieces: &mut dyn Iterator<Item = Bytes>| {
        let mut chunks = Vec::new();
        let mut held = 0;
        let outcome = log(terminal, timestamps, pieces, |batch| {
            held = held.max(batch.iter().map(|chunk: &LogChunk| chunk.data.len()).sum());
            chunks.push(batch);
        });
        (outcome.map_err(|error| discriminant(&error.code())), chunks, held)
    };
    let (whole, chunks, _) = decode(&mut std::iter::once(data.clone()));
    let (split, pieces_chunks, held) = decode(&mut pieces());
    assert_eq!(whole, split, "the pieces make a difference");
    // The last batch may be empty, because it is the end; another one would be taken for the end.
    let early = pieces_chunks.iter().rev().skip(1);
    assert!(early.clone().all(|batch| !batch.is_empty()), "an empty batch before the end");
    assert!(held <= (256 + 64 + 64) * 1024, "a batch of {held} bytes");
    if whole.is_ok() {
        let text = |chunks: &[Vec<LogChunk>], stream: Output| {
            let mut text = Vec::new();
            for chunk in chunks.iter().flatten().filter(|chunk| chunk.stream == stream) {
                if let Some(time) = &chunk.timestamp {
                    text.extend_from_slice(format!("{time} ").as_bytes());
                }
                text.extend_from_slice(&chunk.data);
            }
            text
        };
        for stream in [Output::Stdout, Output::Stderr] {
            assert_eq!(text(&chunks, stream), text(&pieces_chunks, stream), "the pieces change the text");
        }
        // The times within a long line are left out.
        if terminal && !timestamps && std::str::from_utf8(&data).is_ok() {
            assert_eq!(text(&chunks, Output::Stdout), data, "text is missing");
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let frame = |stream: u8, data: &[u8]| {
        [&[stream, 0, 0, 0], u32::try_from(data.len()).unwrap().to_be_bytes().as_slice(), data].concat()
    };
    let plain = [frame(1, b"one\n"), frame(2, b"two\n"), frame(1, b"three")].concat();
    let timed = [frame(1, b"2026-01-01T00:00:00.5Z one\n"), frame(2, b"2026-01-01T00:00:01Z two\n")].concat();
    vec![
        [&[0, 3], plain.as_slice()].concat(),
        [&[2, 5], timed.as_slice()].concat(),
        [&[AGAIN, 0], plain.as_slice()].concat(),
        b"\x01\x04some text\nof a terminal".to_vec(),
        b"\x03\x04Z some text\nZ of a terminal\n".to_vec(),
        b"\x3f\x04a line without an end ".to_vec(),
    ]
}
