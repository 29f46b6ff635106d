use crate::engine::{
    Engine,
    http::{Duplex, Request, segment},
};
use crate::error::Result;

/// Which streams of a container's first process to attach to.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the engine's own parameters")]
pub struct Attach {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
    /// What it has written before, first.
    pub logs: bool,
}

/// Attaches to the first process of a container, running or not.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if it is paused; those of any call.
pub async fn attach(engine: &Engine, id: &str, streams: Attach) -> Result<Duplex> {
    let request = Request::post("attach to a container", format!("/containers/{}/attach", segment(id)))
        .query("stream", true)
        .query("stdin", streams.stdin)
        .query("stdout", streams.stdout)
        .query("stderr", streams.stderr)
        .query("logs", streams.logs);
    engine.upgrade(request).await
}

/// Sets the size of a container's terminal, in characters.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if it is not running; those of any call.
pub async fn resize(engine: &Engine, id: &str, columns: u16, rows: u16) -> Result<()> {
    let request = Request::post("resize a terminal", format!("/containers/{}/resize", segment(id)));
    engine.ask(request.query("w", columns).query("h", rows)).await.map(drop)
}
