//! What a process writes, piece by piece.

use cofferdam_protocol::process::Output;

/// A piece of a process's output.
#[derive(Debug)]
pub struct Piece {
    /// The stream it was written to.
    pub stream: Output,
    /// The offset of its first byte in the stream; with a gap, of the first missing byte.
    pub offset: u64,
    /// What is there.
    pub content: Content,
}

/// What is at a place in the output.
#[derive(Debug)]
pub enum Content {
    /// Bytes.
    Data(Vec<u8>),
    /// This many bytes are no longer kept.
    Gap(u64),
    /// What it wrote to its own channel, after all output before it.
    Control(Vec<u8>),
}
