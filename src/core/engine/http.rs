//! The engine's API as it is, for what bollard hides: statuses that say "nothing to do", and streams as they are.

use std::{fmt::Display, time::Duration};

use bollard::{body_full, errors::Error as Failure};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, StatusCode, body::Incoming};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::engine::{
    Engine,
    client::LONG,
    failure::{refused, timed_out, translate},
};
use crate::error::{Code, Error, Result};

pub use crate::engine::transport::wire::Body;

/// The most that an answer may hold that is read as a whole, in bytes.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// One request; `what` says what it is for, as in "start a container".
pub struct Request {
    what: &'static str,
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Body,
    /// Whether the answer's head takes long by its nature.
    long: bool,
}

/// An answer that was read as a whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status, below 400.
    pub status: StatusCode,
    /// Its body.
    pub body: Bytes,
}

impl Request {
    /// A request for a path, which holds nothing that must be escaped.
    pub fn new(what: &'static str, method: Method, path: impl Into<String>) -> Self {
        let body = body_full(Bytes::new());
        Self { what, method, target: path.into(), headers: Vec::new(), body, long: false }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        let separator = if self.target.contains('?') { '&' } else { '?' };
        let value = value.to_string();
        let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
        self.target = format!("{}{separator}{name}={value}", self.target);
        self
    }

    /// The same with a body of JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        let bytes = Bytes::from(body.to_string());
        self.header("Content-Type", "application/json").body(body_full(bytes))
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The same with the deadline of what takes long.
    #[must_use]
    pub fn long(mut self) -> Self {
        self.long = true;
        self
    }
}

impl Engine {
    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// The engine's refusal, with `details.status`; what breaks on the way; `TIMEOUT`.
    pub async fn ask(&self, request: Request) -> Result<Answer> {
        let what = request.what;
        let (status, body) = self.send(request).await?;
        let body = self.collect(what, body).await?;
        Ok(Answer { status, body })
    }

    /// Sends a request and gives the answer's body as it comes; only its head has a deadline.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub async fn open(&self, request: Request) -> Result<Incoming> {
        self.send(request).await.map(|(_, body)| body)
    }

    async fn send(&self, request: Request) -> Result<(StatusCode, Incoming)> {
        let Request { what, method, target, headers, body, long } = request;
        let limit = if long { self.timeout().max(LONG) } else { self.timeout() };
        let answer = match timeout(limit, self.wire().send(method, &target, &headers, body)).await {
            Ok(answer) => answer.map_err(|failure| translate(what, failure, self.endpoint()))?,
            Err(_) => return Err(timed_out(what, self.endpoint())),
        };
        let (head, body) = answer.into_parts();
        if head.status.is_client_error() || head.status.is_server_error() {
            let body = self.collect(what, body).await?;
            return Err(refused(what, head.status.as_u16(), message(&body)));
        }
        Ok((head.status, body))
    }

    async fn collect(&self, what: &'static str, body: Incoming) -> Result<Bytes> {
        // What is being measured or removed may keep an engine busy between head and body.
        let limit: Duration = self.timeout().max(LONG);
        match timeout(limit, Limited::new(body, MAX_ANSWER).collect()).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) => match error.downcast::<hyper::Error>() {
                Ok(error) => Err(translate(what, Failure::from(*error), self.endpoint())),
                Err(_) => {
                    Err(Error::new(Code::EngineError, format!("the engine's answer is too long ({what})")))
                }
            },
            Err(_) => Err(timed_out(what, self.endpoint())),
        }
    }
}

/// What a refusal says, as JSON or as text.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    serde_json::from_slice::<Refusal>(body)
        .map_or_else(|_| String::from_utf8_lossy(body).trim().to_owned(), |refusal| refusal.message)
}

/// An answer's body as JSON.
///
/// # Errors
/// `ENGINE_ERROR` for what is none.
pub fn parse(body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|error| {
        Error::new(Code::EngineError, format!("the engine's answer can't be understood: {error}"))
    })
}

/// A text field of an answer.
///
/// # Errors
/// `ENGINE_ERROR` when it is missing.
pub fn text(value: &Value, name: &str) -> Result<String> {
    let found = value.get(name).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| Error::new(Code::EngineError, format!("the engine's answer has no {name}")))
}

/// Part of a path: everything that could mean something there is escaped.
#[must_use]
pub fn segment(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_no_json_is_an_error_of_the_engine() {
        for body in [&b""[..], b"<html>", b"[{\"Id\": \"abc", b"\xff"] {
            assert_eq!(parse(body).unwrap_err().code(), Code::EngineError);
        }
        assert_eq!(parse(b"[]").unwrap(), Value::Array(Vec::new()));
    }
}
