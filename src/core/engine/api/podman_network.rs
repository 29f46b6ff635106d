//! Podman's own calls about networks. Those of Docker's API take no settings that keep networks apart, and leave out of their answers
//! what a network's interface is called.

use serde_json::{Value, json};

use crate::engine::{Engine, http::Request};
use crate::error::Result;

/// Version 4 is the first one with netavark, and every later Podman answers to it.
const NETWORKS: &str = "/v4.0.0/libpod/networks";

/// Creates a network.
///
/// # Errors
/// `CONFLICT` if the name is taken; those of any call.
pub async fn create(engine: &Engine, body: &Value) -> Result<()> {
    let request = Request::post("create a network", format!("{NETWORKS}/create"));
    engine.ask(request.json(body).long()).await.map(drop)
}

/// Lists the networks with this label (`name` or `name=value`).
///
/// # Errors
/// Those of any call.
pub async fn list(engine: &Engine, label: &str) -> Result<Vec<Value>> {
    let request = Request::get("list networks", format!("{NETWORKS}/json"));
    let filters = json!({ "label": [label] });
    engine.ask(request.query("filters", filters)).await?.json::<Option<_>>().map(Option::unwrap_or_default)
}
