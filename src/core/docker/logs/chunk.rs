use cofferdam_protocol::process::Output;

/// A piece of a log.
#[derive(Debug, PartialEq, Eq)]
pub struct LogChunk {
    /// The stream it was written to. A terminal has only standard output.
    pub stream: Output,
    /// The bytes: one line if there are timestamps.
    pub data: Vec<u8>,
    /// When the line was printed, as the engine writes it.
    pub timestamp: Option<String>,
}
