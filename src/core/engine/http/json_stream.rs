use std::collections::VecDeque;

use serde_json::Value;

use super::BodyStream;
use crate::error::{Code, Error, Result};

/// The longest value, in bytes; guards memory against an engine that never ends one.
const MAX_VALUE: usize = 16 * 1024 * 1024;

/// A body that is a sequence of JSON values, read as they arrive. Nothing is read before [`JsonStream::next`] asks
/// for it; dropping the stream closes the connection.
pub struct JsonStream {
    body: BodyStream,
    pending: Vec<u8>,
    ready: VecDeque<Value>,
}

impl JsonStream {
    /// Reads the values of a body.
    #[must_use]
    pub fn new(body: BodyStream) -> Self {
        Self { body, pending: Vec::new(), ready: VecDeque::new() }
    }

    /// The next value; `None` at the end. Cancel safe.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks; `ENGINE_ERROR` if the body is not JSON or ends in the middle
    /// of a value.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(value) = self.ready.pop_front() {
                return Ok(Some(value));
            }
            match self.body.next().await? {
                Some(data) => self.take(&data)?,
                None if self.pending.trim_ascii().is_empty() => return Ok(None),
                None => {
                    let what = self.body.what();
                    let message = format!("the engine's answer ended in the middle of a value ({what})");
                    return Err(Error::new(Code::EngineError, message));
                }
            }
        }
    }

    fn take(&mut self, data: &[u8]) -> Result<()> {
        self.pending.extend_from_slice(data);
        let mut values = serde_json::Deserializer::from_slice(&self.pending).into_iter::<Value>();
        let mut used = 0;
        loop {
            match values.next() {
                Some(Ok(value)) => {
                    self.ready.push_back(value);
                    used = values.byte_offset();
                }
                Some(Err(error)) if !error.is_eof() || self.pending.len() > MAX_VALUE => {
                    let what = self.body.what();
                    let message = format!("could not parse the engine's answer ({what}): {error}");
                    return Err(Error::new(Code::EngineError, message));
                }
                Some(Err(_)) | None => break,
            }
        }
        self.pending.drain(..used);
        Ok(())
    }
}
