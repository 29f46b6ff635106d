//! Pieces from bytes that a fuzzer makes: nearly every input is a sequence of valid messages.

use cofferdam_protocol::{
    copy::{Attributes, Failure, Piece, Reason},
    wire::message,
};

/// A name that drafts could have.
pub const LIKE_A_DRAFT: &[u8] = b".cofferdam-draft-1-0";

const NAMES: [&[u8]; 16] = [
    b"",
    b"a",
    b"b",
    b"dir",
    b"file",
    b"out",
    b"absolute",
    b"link",
    b".",
    b"..",
    b"a/b",
    b"/etc",
    b"a\0b",
    LIKE_A_DRAFT,
    &[b'n'; 255],
    &[b'n'; 256],
];

const TARGETS: [&[u8]; 12] = [
    b"",
    b"a",
    b"..",
    b"../..",
    b"../outside",
    b"a/../..",
    b"./a",
    b"/",
    b"/etc/passwd",
    b"out/secret",
    b"../dir/out",
    b"a\0",
];

/// The messages that an input stands for: two bytes for each piece, its kind and one for its name, size or target.
pub fn messages(input: &[u8]) -> Vec<u8> {
    let mut messages = Vec::new();
    for [kind, detail] in input.as_chunks().0 {
        let name = NAMES.get(usize::from(detail & 15)).copied().unwrap_or_default();
        let target = TARGETS.get(usize::from(detail >> 4)).copied().unwrap_or_default();
        let modified =
            [None, Some(0), Some(i64::MIN), Some(i64::MAX)].get(usize::from(detail >> 6)).copied().flatten();
        let attributes = Attributes { mode: u32::from(*kind) << 8 | u32::from(*detail), modified };
        let size = [0, 1, 5, u64::MAX].get(usize::from(detail >> 6)).copied().unwrap_or_default();
        let piece = match kind & 7 {
            0 => Piece::Directory { name, attributes: None },
            1 => Piece::Directory { name, attributes: Some(attributes) },
            2 => Piece::File { name, attributes, size },
            3 if detail & 8 != 0 => Piece::Hole(u64::from(detail & 7)),
            3 => Piece::Data(b"12345".get(..usize::from(detail & 7).min(5)).unwrap_or_default()),
            4 => Piece::Link { name, target },
            5 => Piece::Leave,
            6 => Piece::End,
            _ => Piece::Failed(Failure { entry: name.to_vec(), reason: Reason::Changed }),
        };
        message::append(&mut messages, &piece).unwrap();
    }
    messages
}
