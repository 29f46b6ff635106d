use hyper::Method;
use serde_json::{Map, Value};

use crate::engine::{Engine, http::Request};
use crate::error::{Error, Result};

/// Sends any request to the engine's API: a method, a path with escaped segments, query parameters, and a body of JSON. Gives the
/// body of the answer.
///
/// # Errors
/// `INVALID_ARGUMENT`; those of any call.
pub async fn request(
    engine: &Engine,
    method: &str,
    path: &str,
    query: Map<String, Value>,
    body: Option<&Value>,
) -> Result<String> {
    const METHODS: [Method; 5] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
    let Some(method) = METHODS.into_iter().find(|known| known.as_str() == method) else {
        let message = format!("method must be GET, HEAD, POST, PUT or DELETE, not {method:?}");
        return Err(Error::invalid("method", message));
    };
    if !path.starts_with('/')
        || path.contains(['?', '#'])
        || !path.bytes().all(|byte| byte.is_ascii_graphic())
    {
        let message = format!("path must begin with a slash and have no query, as in '/info', not {path:?}");
        return Err(Error::invalid("path", message));
    }
    let mut request = Request::new("answer a request", method, path.to_owned()).long();
    for (name, value) in query {
        request = match value {
            Value::String(text) => request.query(&name, text),
            other => request.query(&name, other),
        };
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    engine.ask(request).await?.text()
}
