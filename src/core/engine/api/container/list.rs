use serde_json::{Value, json};

use super::Listed;
use crate::engine::{
    Engine,
    http::{Answer, Request},
};
use crate::error::Result;

/// Lists containers: the running ones or all, those that match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn list(engine: &Engine, all: bool, filters: Option<String>) -> Result<Answer> {
    let request = Request::get("list containers", "/containers/json").query("all", all);
    engine.ask(request.query_if("filters", filters)).await
}

/// Lists all containers with a label, and with this value of it if given.
///
/// # Errors
/// Those of any call.
pub async fn with_label(engine: &Engine, label: &str, value: Option<&str>) -> Result<Vec<Listed>> {
    let label = value.map_or_else(|| label.to_owned(), |value| format!("{label}={value}"));
    let filters = json!({ "label": [label] }).to_string();
    let answer = engine.promptly("list containers", list(engine, true, Some(filters))).await?;
    Ok(Listed::read(&answer.json::<Option<Vec<Value>>>()?.unwrap_or_default()))
}

/// Removes the containers that are not running and match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn prune(engine: &Engine, filters: Option<String>) -> Result<Answer> {
    let request = Request::post("prune containers", "/containers/prune").long();
    engine.ask(request.query_if("filters", filters)).await
}
