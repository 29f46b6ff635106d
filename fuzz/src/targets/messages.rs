//! What the targets of both sides' messages share.

use serde::Serialize;

/// What the decoder of messages may take for a short input: a buffer for one message, which grows to its announced size.
pub const MEMORY: usize = 4 << 20;

/// What messages are made of.
pub const TOKENS: &[&[u8]] =
    &[&[0, 0, 16, 0], &[1, 0, 16, 0], &[0xff; 10], b"/etc/passwd", b"../../x", b"ENOSPC", b"\0", b"\xff\xfe"];

/// Decodes a stream of messages of one type; each is encoded, decoded and encoded again without a difference. A macro,
/// because the type borrows from the stream.
macro_rules! read_all {
    ($stream:expr, $type:ty) => {{
        use cofferdam_protocol::wire::message::{MessageReader, encode};
        use futures_util::{FutureExt, io::Cursor};
        let mut reader = MessageReader::new(Cursor::new($stream));
        // Reading from memory never waits.
        while let Ok(Some(message)) = reader.next::<$type>().now_or_never().unwrap() {
            // It may have become too large: the bytes may have been a shorter way to write it.
            let Ok(once) = encode(&message) else { continue };
            let mut again = MessageReader::new(Cursor::new(&once));
            let decoded = again.next::<$type>().now_or_never().unwrap().unwrap().unwrap();
            assert_eq!(once, encode(&decoded).unwrap(), "encoding and decoding changes it");
        }
    }};
}
pub(super) use read_all;

/// The kind of message that an input is for, and the stream. With the highest bit of the first byte set, the rest is one
/// message without its length, so that mutations seldom make lengths wrong.
pub fn kind_and_stream(input: &[u8]) -> (u8, Vec<u8>) {
    match input.split_first() {
        Some((kind, message)) if kind & 0x80 != 0 => {
            let length = u32::try_from(message.len()).unwrap_or_default().to_le_bytes();
            (kind & 0x7f, [&length, message].concat())
        }
        Some((kind, stream)) => (*kind, stream.to_vec()),
        None => (0, Vec::new()),
    }
}

/// An input for one message, without its length.
pub fn seed<T: Serialize>(kind: u8, message: &T) -> Vec<u8> {
    [&[kind | 0x80], postcard::to_stdvec(message).unwrap_or_default().as_slice()].concat()
}
