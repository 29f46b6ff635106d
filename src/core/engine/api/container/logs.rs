use crate::engine::{
    Engine,
    http::{BodyStream, Request, segment},
};
use crate::error::Result;

/// Which part of a log to read.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the engine's own parameters")]
pub struct LogOptions {
    /// Continue with new output as it is printed.
    pub follow: bool,
    /// Include standard output.
    pub stdout: bool,
    /// Include standard error.
    pub stderr: bool,
    /// Only the last so many lines of the existing output; all if not set.
    pub tail: Option<u64>,
    /// Only output from this time on, in seconds since 1970 with nine decimals.
    pub since: Option<String>,
    /// Only output before this time.
    pub until: Option<String>,
    /// Prefix each line with the time at which it was printed.
    pub timestamps: bool,
}

/// Opens the log of a container, as the engine encodes it.
///
/// # Errors
/// `NOT_FOUND`; `ENGINE_ERROR` if the container's log driver keeps no log; those of any call.
pub async fn logs(engine: &Engine, id: &str, options: &LogOptions) -> Result<BodyStream> {
    let request = Request::get("read a container's log", format!("/containers/{}/logs", segment(id)))
        .query("stdout", options.stdout)
        .query("stderr", options.stderr)
        .query("follow", options.follow)
        .query("timestamps", options.timestamps)
        .query_if("since", options.since.as_ref())
        .query_if("until", options.until.as_ref())
        .query_if("tail", options.tail);
    engine.open(request).await
}
