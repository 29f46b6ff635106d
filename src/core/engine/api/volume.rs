//! Calls about volumes.

use serde_json::{Map, Value, json};

use super::existed;
use crate::engine::{
    Engine,
    discovery::probe::PRUNES_ANONYMOUS,
    http::{Answer, Request, segment},
};
use crate::error::{Error, Result};

/// Creates a volume; an existing one is left as it is.
///
/// # Errors
/// `CONFLICT` if it exists with other options, on newer engines; those of any call.
pub async fn create(engine: &Engine, body: &Value) -> Result<Answer> {
    engine.ask(Request::post("create a volume", "/volumes/create").json(body).long()).await
}

/// Describes a volume.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn inspect(engine: &Engine, name: &str) -> Result<Answer> {
    engine.ask(Request::get("inspect a volume", format!("/volumes/{}", segment(name)))).await
}

/// Lists the volumes that match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn list(engine: &Engine, filters: Option<String>) -> Result<Answer> {
    engine.ask(Request::get("list volumes", "/volumes").query_if("filters", filters)).await
}

/// Removes a volume; `false` if it did not exist, which the engine does not report with `force`.
///
/// # Errors
/// `CONFLICT` if a container uses it; those of any call.
pub async fn remove(engine: &Engine, name: &str, force: bool) -> Result<bool> {
    let request = Request::delete("remove a volume", format!("/volumes/{}", segment(name)));
    existed(engine.ask(request.query("force", force).long()).await)
}

/// Removes the volumes that no container uses and that match the filters (JSON), named or not.
///
/// # Errors
/// `INVALID_ARGUMENT` for filters that are no JSON object; those of any call.
pub async fn prune(engine: &Engine, filters: Option<String>) -> Result<Answer> {
    let request = Request::post("prune volumes", "/volumes/prune").long();
    let given = filters.map_or_else(|| Ok(Map::new()), |filters| serde_json::from_str(&filters));
    let mut filters = given.map_err(|error| Error::invalid("filters", format!("filters: {error}")))?;
    if engine.api() >= PRUNES_ANONYMOUS {
        // Older engines refuse this filter, and prune all without it.
        filters.entry("all").or_insert_with(|| json!(["true"]));
    }
    engine.ask(request.query("filters", Value::from(filters))).await
}
