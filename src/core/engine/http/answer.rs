use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Code, Error, Result};

/// A successful answer whose body was read completely.
#[derive(Debug)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    /// Whether the engine did what it was asked to; `false` if nothing had to be done (304).
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.status != StatusCode::NOT_MODIFIED
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.body.into()
    }

    /// The body as text.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if it is not UTF-8.
    pub fn text(self) -> Result<String> {
        String::from_utf8(self.body.into())
            .map_err(|_| Error::new(Code::EngineError, "the engine's answer is not valid UTF-8"))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if it is not the expected JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        parse(&self.body)
    }

    /// A text field of the body, which is a JSON object.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if the body is not JSON or lacks the field.
    pub fn field(&self, name: &str) -> Result<String> {
        let value: Value = self.json()?;
        let found = value.get(name).and_then(Value::as_str).map(str::to_owned);
        found.ok_or_else(|| Error::new(Code::EngineError, format!("the engine's answer has no field {name}")))
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| {
        Error::new(Code::EngineError, format!("could not parse the engine's answer: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_not_json_is_an_engine_error() {
        for body in [&b""[..], b"<html>", b"[{\"Id\": \"abc", b"\xff"] {
            assert_eq!(parse::<Value>(body).unwrap_err().code(), Code::EngineError);
        }
        assert_eq!(parse::<Value>(b"[]").unwrap(), Value::Array(Vec::new()));
    }
}
