use cofferdam_core::fuzzing::json_values;

use crate::target::Target;

/// An engine's streams of JSON values: events, the progress of a pull or a build.
pub const TARGET: Target =
    Target { name: "engine_streams", check, memory: 4 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"{\"Type\":\"container\"}",
    b"{\"status\":\"x\"}",
    b"\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"1",
    b"null",
    b"\\",
    b"\xc3",
];

/// How the bytes are cut into pieces makes no difference. The first byte is the size of the pieces.
fn check(input: &[u8]) {
    let Some((size, stream)) = input.split_first() else { return };
    let whole = json_values([stream].into_iter());
    let split = json_values(stream.chunks(usize::from(*size).max(1)));
    assert_eq!(whole.is_ok(), split.is_ok(), "only one of whole and split is accepted: {whole:?}, {split:?}");
    if let (Ok(whole), Ok(split)) = (whole, split) {
        assert_eq!(whole, split, "the pieces make a difference");
    }
}
