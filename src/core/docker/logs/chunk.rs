use cofferdam_protocol::process::Output;

/// A piece of a log.
#[derive(Debug, PartialEq, Eq)]
pub struct LogChunk {
    /// The stream it was written to. A terminal has only standard output.
    pub stream: Output,
    /// The bytes: one line if there are timestamps, or a part of one of more than 64 KiB.
    pub data: Vec<u8>,
    /// When the line was printed, as the engine writes it. Only the first part of a long line has it.
    pub timestamp: Option<String>,
}
