//! Calls about networks.

use serde_json::{Value, json};

use super::existed;
use crate::engine::{
    Engine,
    http::{Answer, Request, segment},
    is_missing,
};
use crate::error::Result;

/// Creates a network and returns its id.
///
/// # Errors
/// Those of any call.
pub async fn create(engine: &Engine, body: &Value) -> Result<String> {
    engine.ask(Request::post("create a network", "/networks/create").json(body).long()).await?.field("Id")
}

/// Describes a network, given by name or id.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn inspect(engine: &Engine, id: &str) -> Result<Value> {
    engine.ask(Request::get("inspect a network", format!("/networks/{}", segment(id)))).await?.json()
}

/// Lists networks: all of them, or those with a label (`name` or `name=value`).
///
/// # Errors
/// Those of any call.
pub async fn list(engine: &Engine, label: Option<&str>) -> Result<Vec<Value>> {
    let filters = label.map(|label| json!({ "label": [label] }).to_string());
    matching(engine, filters).await?.json::<Option<_>>().map(Option::unwrap_or_default)
}

/// Lists the networks that match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn matching(engine: &Engine, filters: Option<String>) -> Result<Answer> {
    engine.ask(Request::get("list networks", "/networks").query_if("filters", filters)).await
}

/// Removes the networks that no container uses and that match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn prune(engine: &Engine, filters: Option<String>) -> Result<Answer> {
    let request = Request::post("prune networks", "/networks/prune").long();
    engine.ask(request.query_if("filters", filters)).await
}

/// Connects a container, with these endpoint settings; `false` if it was connected already.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn connect(engine: &Engine, network: &str, container: &str, endpoint: &Value) -> Result<bool> {
    let body = json!({ "Container": container, "EndpointConfig": endpoint });
    let path = format!("/networks/{}/connect", segment(network));
    match engine.ask(Request::post("connect a container", path).json(&body).long()).await {
        Ok(_) => Ok(true),
        // Docker's words, and Podman's.
        Err(error)
            if ["already exists in network", "is already connected"]
                .iter()
                .any(|words| error.message().contains(words)) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Disconnects a container, running or not; `false` if it was not connected or the network does not exist.
///
/// # Errors
/// Those of any call.
pub async fn disconnect(engine: &Engine, network: &str, container: &str) -> Result<bool> {
    let body = json!({ "Container": container, "Force": true });
    let path = format!("/networks/{}/disconnect", segment(network));
    match engine.ask(Request::post("disconnect a container", path).json(&body).long()).await {
        Ok(_) => Ok(true),
        Err(error) if is_missing(&error) || error.message().contains("is not connected") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a network; `false` if it did not exist.
///
/// # Errors
/// `ENGINE_ERROR` if containers are connected; those of any call.
pub async fn remove(engine: &Engine, id: &str) -> Result<bool> {
    let request = Request::delete("remove a network", format!("/networks/{}", segment(id))).long();
    existed(engine.ask(request).await)
}
