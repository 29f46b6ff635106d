use serde_json::Value;

use super::Container;
use crate::engine::{
    Engine,
    http::{Answer, Request, segment},
    is_missing,
};
use crate::error::Result;

/// Describes a container, given by name or id.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn inspect(engine: &Engine, id: &str) -> Result<Answer> {
    let path = format!("/containers/{}/json", segment(id));
    engine.ask(Request::get("inspect a container", path)).await
}

/// The processes of a running container; `arguments` are those of `ps`.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if it is not running; those of any call.
pub async fn top(engine: &Engine, id: &str, arguments: Option<&str>) -> Result<Answer> {
    let request = Request::get("list a container's processes", format!("/containers/{}/top", segment(id)));
    engine.ask(request.query_if("ps_args", arguments)).await
}

/// What a container has changed in its image's file system.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn changes(engine: &Engine, id: &str) -> Result<Answer> {
    let path = format!("/containers/{}/changes", segment(id));
    engine.ask(Request::get("list a container's changes", path).long()).await
}

/// Finds a container by name or id; `None` if it does not exist.
///
/// # Errors
/// Those of any call.
pub async fn find(engine: &Engine, id: &str) -> Result<Option<Container>> {
    match engine.promptly("inspect a container", inspect(engine, id)).await {
        Ok(answer) => Ok(Some(Container::read(&answer.json()?)?)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Measures a container twice, one second apart, as the CPU's share needs.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn stats(engine: &Engine, id: &str) -> Result<Value> {
    // Not `one-shot`: it leaves out the first of the two samples, and takes as long.
    let path = format!("/containers/{}/stats", segment(id));
    engine.ask(Request::get("measure a container", path).query("stream", false).long()).await?.json()
}
