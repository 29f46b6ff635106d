use serde_json::Value;

use crate::engine::{Engine, api::image::explain_missing, http::Request};
use crate::error::Result;

/// Creates a container and returns its id. Without a name, the engine chooses one.
///
/// # Errors
/// `CONFLICT` if the name is taken; `IMAGE_NOT_FOUND`; those of any call.
pub async fn create(
    engine: &Engine,
    name: Option<&str>,
    platform: Option<&str>,
    body: &Value,
) -> Result<String> {
    let request = Request::post("create a container", "/containers/create").json(body).long();
    match engine.ask(request.query_if("name", name).query_if("platform", platform)).await {
        Ok(answer) => answer.field("Id"),
        Err(error) => Err(explain_missing(engine, body["Image"].as_str().unwrap_or_default(), error).await),
    }
}
