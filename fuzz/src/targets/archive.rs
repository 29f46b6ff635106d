use cofferdam_core::Archive;
use cofferdam_fstree::Source;
use cofferdam_protocol::{
    copy::{Limits, Piece},
    wire::message::MessageReader,
};
use futures_util::{FutureExt, io::Cursor};

use super::{
    piece_model::PieceModel,
    tar_input::{archive, entry},
};
use crate::target::Target;

/// Archives that a task brings: tar with extended headers, plain or compressed.
pub const TARGET: Target = Target { name: "archive", check, memory: 8 << 20, tokens: TOKENS, seeds };

const LIMITS: Limits = Limits { entries: 1000, bytes: 1 << 20 };

const TOKENS: &[&[u8]] = &[
    b"ustar\x0000",
    b"ustar  \0",
    b"00000000010",
    b"77777777777",
    b"\x80\0\0\0\0\0\0\0\x7f\xff\xff\xff",
    b"../",
    b"/etc",
    b"./",
    b"a/b/c",
    b"22 path=../../escaped\n",
    b"18 linkpath=/etc/x\n",
    b"12 size=100\n",
    b"30 size=18446744073709551615\n",
    b"22 mtime=-1700000000.5\n",
    b"25 GNU.sparse.major=1\n\n",
    &[0; 512],
];

fn check(input: &[u8]) {
    let Ok(mut unpacking) = Archive::Bytes(archive(input).into()).open(LIMITS) else { return };
    let mut model = PieceModel::default();
    loop {
        let mut messages = Vec::new();
        let filled = unpacking.fill(&mut messages);
        let mut reader = MessageReader::new(Cursor::new(&messages));
        while let Some(piece) = reader.next::<Piece>().now_or_never().unwrap().unwrap() {
            model.take(&piece);
        }
        assert!(model.bytes <= LIMITS.bytes, "more bytes than the limit");
        match filled {
            Ok(true) => {}
            Ok(false) => return assert!(model.is_complete(), "the end is missing"),
            Err(_) => return,
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let plain = [
        entry(b'5', "d/", "", b""),
        entry(b'0', "d/file", "", b"content"),
        entry(b'2', "d/link", "../d", b""),
        entry(b'0', "e/f/deep", "", &[b'x'; 600]),
        vec![0; 1024],
    ];
    let extended = [
        entry(b'x', "pax", "", b"18 path=long/name\n20 mtime=1700000.25\n11 size=03\n"),
        entry(b'0', "short", "", b"abc"),
        entry(b'g', "global", "", b"16 comment=text\n"),
        entry(b'L', "././@LongLink", "", b"gnu/long/name\0"),
        entry(b'K', "././@LongLink", "", b"target\0"),
        entry(b'2', "short", "x", b""),
    ];
    let refused = [entry(b'1', "hard", "d/file", b""), entry(b'6', "fifo", "", b"")];
    let inputs = [plain.concat(), extended.concat(), refused.concat()];
    let kinds = [0, 1, 3];
    inputs.iter().flat_map(|input| kinds.map(|kind| [&[kind], input.as_slice()].concat())).collect()
}
