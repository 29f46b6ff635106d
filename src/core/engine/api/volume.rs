//! Calls about volumes.

use serde_json::{Map, Value, json};

use super::existed;
use crate::engine::{
    Engine,
    discovery::probe::PRUNES_ANONYMOUS,
    http::{Answer, Request, segment},
};
use crate::error::{Error, Result};

/// The filter for volumes with a name too.
const ALL: &str = "all";

/// How Podman refuses it.
const NO_SUCH_FILTER: &str = "\"all\" is an invalid volume filter";

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
    let given = filters.map_or_else(|| Ok(Map::new()), |filters| serde_json::from_str(&filters));
    let filters = given.map_err(|error| Error::invalid("filters", format!("filters: {error}")))?;
    let prune = async |filters: &Map<String, Value>| {
        let request = Request::post("prune volumes", "/volumes/prune").long();
        engine.ask(request.query("filters", Value::from(filters.clone()))).await
    };
    // Older engines refuse this filter, and prune all without it.
    if engine.api() < PRUNES_ANONYMOUS || filters.contains_key(ALL) {
        return prune(&filters).await;
    }
    let mut of_all = filters.clone();
    of_all.insert(ALL.to_owned(), json!(["true"]));
    match prune(&of_all).await {
        // So does Podman, whatever its version of the API.
        Err(error) if error.message().contains(NO_SUCH_FILTER) => prune(&filters).await,
        outcome => outcome,
    }
}
