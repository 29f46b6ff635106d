use std::collections::VecDeque;

use serde_json::Value;

use super::{BodyStream, json_values::JsonValues};
use crate::error::Result;

/// A body that is a sequence of JSON values, read as they arrive. Nothing is read before [`JsonStream::next`] asks
/// for it; dropping the stream closes the connection.
pub struct JsonStream {
    body: BodyStream,
    values: JsonValues,
    ready: VecDeque<Value>,
}

impl JsonStream {
    /// Reads the values of a body.
    #[must_use]
    pub fn new(body: BodyStream) -> Self {
        Self { body, values: JsonValues::default(), ready: VecDeque::new() }
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
            let what = self.body.what();
            match self.body.next().await? {
                Some(data) => self.ready.extend(self.values.take(what, &data)?),
                None => return self.values.finish(what).map(|()| None),
            }
        }
    }
}
