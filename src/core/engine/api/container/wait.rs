use serde_json::Value;

use crate::engine::{
    Engine,
    http::{JsonStream, Request, segment},
};
use crate::error::{Code, Error, Result};

/// Waits until a container has ended, or for another condition of the engine, and returns its exit code; `None` if the engine ends the
/// wait without one. Has no deadline.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn wait(engine: &Engine, id: &str, condition: Option<&str>) -> Result<Option<i64>> {
    let path = format!("/containers/{}/wait", segment(id));
    // The engine sends the head at once, and the body when the container ends.
    let body =
        engine.open(Request::post("wait for a container", path).query_if("condition", condition)).await?;
    let Some(end) = JsonStream::new(body).next().await? else { return Ok(None) };
    if let Some(message) =
        end.pointer("/Error/Message").and_then(Value::as_str).filter(|text| !text.is_empty())
    {
        let error = format!("the engine could not wait for a container: {message}");
        return Err(Error::new(Code::EngineError, error).detail("message", message.to_owned()));
    }
    match end.get("StatusCode").and_then(Value::as_i64) {
        Some(code) => Ok(Some(code)),
        None => Err(Error::new(Code::EngineError, "the engine did not report the container's exit code")),
    }
}
