use cofferdam_core::{Code, Error, Result};
use serde_json::Value;

/// Writes values of the engine as a JSON array.
pub fn json(values: &[Value]) -> Result<String> {
    serde_json::to_string(values).map_err(|error| Error::new(Code::Internal, error.to_string()))
}
