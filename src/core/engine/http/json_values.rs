use serde_json::Value;

use crate::error::{Code, Error, Result};

/// The longest value, in bytes; guards memory against an engine that never ends one.
const MAX_VALUE: usize = 16 * 1024 * 1024;

/// Splits bytes that arrive in pieces into JSON values.
#[derive(Default)]
pub struct JsonValues {
    pending: Vec<u8>,
}

impl JsonValues {
    /// Adds the next bytes and returns the values that they complete. `what` is what the request was for.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if the bytes are not JSON, or a value is too long.
    pub fn take(&mut self, what: &str, data: &[u8]) -> Result<Vec<Value>> {
        self.pending.extend_from_slice(data);
        let mut values = serde_json::Deserializer::from_slice(&self.pending).into_iter::<Value>();
        let (mut ready, mut used) = (Vec::new(), 0);
        loop {
            match values.next() {
                Some(Ok(value)) => {
                    ready.push(value);
                    used = values.byte_offset();
                }
                Some(Err(error)) if !error.is_eof() || self.pending.len() > MAX_VALUE => {
                    let message = format!("could not parse the engine's answer ({what}): {error}");
                    return Err(Error::new(Code::EngineError, message));
                }
                Some(Err(_)) | None => break,
            }
        }
        self.pending.drain(..used);
        Ok(ready)
    }

    /// Takes the end.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if it comes in the middle of a value.
    pub fn finish(&self, what: &str) -> Result<()> {
        if self.pending.trim_ascii().is_empty() {
            return Ok(());
        }
        let message = format!("the engine's answer ended in the middle of a value ({what})");
        Err(Error::new(Code::EngineError, message))
    }
}
