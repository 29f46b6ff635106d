//! Calls about the engine itself.

use serde_json::Value;

use crate::engine::{
    Engine,
    http::{Answer, JsonStream, Request},
};
use crate::error::Result;

/// Asks for a sign of life.
///
/// # Errors
/// Those of any call.
pub async fn ping(engine: &Engine) -> Result<Answer> {
    engine.ask(Request::get("answer a ping", "/_ping")).await
}

/// The engine's version, and that of its API.
///
/// # Errors
/// Those of any call.
pub async fn version(engine: &Engine) -> Result<Answer> {
    engine.ask(Request::get("report its version", "/version")).await
}

/// The newest version of its API, as major and minor; zeros if it does not say.
///
/// # Errors
/// Those of any call.
pub async fn api_version(engine: &Engine) -> Result<(u32, u32)> {
    let answer: Value = version(engine).await?.json()?;
    let parts = answer["ApiVersion"].as_str().and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    Ok(parts.unwrap_or_default())
}

/// The engine's configuration and state.
///
/// # Errors
/// Those of any call.
pub async fn info(engine: &Engine) -> Result<Answer> {
    engine.ask(Request::get("describe itself", "/info")).await
}

/// What takes space on the engine's disk.
///
/// # Errors
/// Those of any call.
pub async fn disk_usage(engine: &Engine) -> Result<Answer> {
    engine.ask(Request::get("measure its disk", "/system/df").long()).await
}

/// Opens the stream of events that match the filters (JSON). Times are in seconds since 1970, with up to nine
/// decimals; `since` replays what the engine remembers, `until` ends the stream.
///
/// # Errors
/// Those of any call.
pub async fn events(
    engine: &Engine,
    filters: Option<&str>,
    since: Option<&str>,
    until: Option<&str>,
) -> Result<JsonStream> {
    let request = Request::get("watch events", "/events")
        .query_if("filters", filters)
        .query_if("since", since)
        .query_if("until", until);
    engine.open(request).await.map(JsonStream::new)
}
