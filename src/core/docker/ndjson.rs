use std::{collections::VecDeque, sync::Arc};

use bollard::errors::Error as Failure;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use crate::{
    engine::Engine,
    error::{Code, Error, Result},
};

/// The longest line, in bytes. An engine's are short; one without end is none.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// A body of the engine's that is a sequence of JSON values, as they come. Nothing is read before it is asked for.
pub struct Lines {
    engine: Arc<Engine>,
    what: &'static str,
    body: Incoming,
    pending: Vec<u8>,
    ready: VecDeque<Value>,
}

impl Lines {
    /// The values of a body.
    #[must_use]
    pub fn new(engine: Arc<Engine>, what: &'static str, body: Incoming) -> Self {
        Self { engine, what, body, pending: Vec::new(), ready: VecDeque::new() }
    }

    /// The only value.
    pub(super) async fn first(mut self) -> Result<Value> {
        let none = || Error::new(Code::EngineError, "the engine's answer is empty");
        self.next().await?.ok_or_else(none)
    }

    /// The next value; `None` at the end.
    ///
    /// # Errors
    /// What breaks on the way; `ENGINE_ERROR` for what is no JSON.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(value) = self.ready.pop_front() {
                return Ok(Some(value));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.take(&frame.into_data().unwrap_or_default())?,
                Some(Err(error)) => return Err(self.engine.translate(self.what, Failure::from(error))),
                None if self.pending.trim_ascii().is_empty() => return Ok(None),
                None => {
                    let message = format!("the engine's answer ends in the middle ({})", self.what);
                    return Err(Error::new(Code::EngineError, message));
                }
            }
        }
    }

    fn take(&mut self, data: &Bytes) -> Result<()> {
        self.pending.extend_from_slice(data);
        let mut values = serde_json::Deserializer::from_slice(&self.pending).into_iter::<Value>();
        let mut used = 0;
        loop {
            match values.next() {
                Some(Ok(value)) => {
                    self.ready.push_back(value);
                    used = values.byte_offset();
                }
                Some(Err(error)) if !error.is_eof() || self.pending.len() > MAX_LINE => {
                    let message = format!("the engine's answer can't be understood ({}): {error}", self.what);
                    return Err(Error::new(Code::EngineError, message));
                }
                Some(Err(_)) | None => break,
            }
        }
        self.pending.drain(..used);
        Ok(())
    }
}
