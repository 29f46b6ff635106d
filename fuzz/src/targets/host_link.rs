use cofferdam_core::link::file;
use cofferdam_protocol::wire::hello::{self, AgentHello};
use futures_util::FutureExt;

use super::play::{MEMORY, sent};
use crate::target::Target;

/// The host's end of a link, with any bytes from the other end: the opening, then the frames of yamux. With the lowest bit of
/// the first byte set, a valid opening precedes the bytes.
pub const TARGET: Target = Target { name: "host_link", check, memory: MEMORY, tokens: TOKENS, seeds };

/// Heads of yamux's frames: version, type, flags, stream, length.
const TOKENS: &[&[u8]] = &[
    b"COFFERDM\x04\0\0\0",
    b"\0\0\0\x02\0\0\0\x01\0\0\0\x04",
    b"\0\x01\0\x02\0\0\0\x01\0\0\0\0",
    b"\0\x01\0\x01\0\0\0\x02\0\0\0\0",
    b"\0\x01\0\x04\0\0\0\x01\0\0\0\0",
    b"\0\x01\0\x08\0\0\0\x01\0\0\0\0",
    b"\0\x02\0\x01\0\0\0\0\0\0\0\x09",
    b"\0\x03\0\0\0\0\0\0\0\0\0\0",
    b"\xff\xff\xff\xff",
];

fn check(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    let opening = if kind & 1 == 1 { opening() } else { Vec::new() };
    drop(sent(&[&opening, bytes].concat(), async |link| file::usage(&link).await));
}

fn opening() -> Vec<u8> {
    let hello =
        AgentHello { uid: 1000, gid: 1000, home: "/".to_owned(), shell: "/bin/sh".to_owned(), unfit: None };
    let mut opening = Vec::new();
    let body = postcard::to_stdvec(&hello).unwrap();
    hello::send(&mut opening, hello::VERSION, &body).now_or_never().unwrap().unwrap();
    opening
}

fn seeds() -> Vec<Vec<u8>> {
    // The acknowledgement of stream 1, an answer on it and its end.
    let answer = b"\x01\0\x01\0\x02\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x05\x01\0\0\0\x07\0\x01\0\x04\0\0\0\x01\0\0\0\0";
    vec![
        answer.to_vec(),
        [&[0], opening().as_slice()].concat(),
        b"\x01\0\x02\0\x01\0\0\0\0\0\0\0\x09".to_vec(),
    ]
}
