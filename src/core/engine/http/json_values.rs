use serde_json::Value;

use crate::error::{Code, Error, Result};

/// The longest value, in bytes; guards memory against an engine that never ends one.
const MAX_VALUE: usize = 16 * 1024 * 1024;

/// Splits bytes that arrive in pieces into JSON objects.
#[derive(Default)]
pub struct JsonValues {
    pending: Vec<u8>,
}

impl JsonValues {
    /// Adds the next bytes and returns the values that they complete. `what` is what the request was for.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if the bytes are no JSON objects, or one is too long.
    pub fn take(&mut self, what: &str, data: &[u8]) -> Result<Vec<Value>> {
        self.pending.extend_from_slice(data);
        let mut values = serde_json::Deserializer::from_slice(&self.pending).into_iter::<Value>();
        let (mut ready, mut used) = (Vec::new(), 0);
        loop {
            match values.next() {
                Some(Ok(value)) if value.is_object() => {
                    ready.push(value);
                    used = values.byte_offset();
                }
                // Where a number ends only shows in the next piece. Engines send nothing but objects.
                Some(Ok(_)) => {
                    let message =
                        format!("could not parse the engine's answer ({what}): a value is no object");
                    return Err(Error::new(Code::EngineError, message));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn split(pieces: &[&str]) -> Result<Vec<Value>> {
        let (mut values, mut found) = (JsonValues::default(), Vec::new());
        for piece in pieces {
            found.extend(values.take("watch events", piece.as_bytes())?);
        }
        values.finish("watch events").map(|()| found)
    }

    #[test]
    fn objects_may_be_cut_anywhere() {
        let expected = [json!({ "a": 12 }), json!({ "b": "é" })];
        assert_eq!(split(&["{\"a\":1", "2}\r\n{\"b\"", ":\"é\"}\n"]).unwrap(), expected);
        assert!(split(&["{\"a\":1"]).is_err());
    }

    #[test]
    fn anything_else_is_refused_however_it_is_cut() {
        for pieces in [&["12"][..], &["1", "2"], &["null"], &["[1]"], &["{} 1"], &["{", "} x"]] {
            assert_eq!(split(pieces).unwrap_err().code(), Code::EngineError, "{pieces:?}");
        }
    }
}
