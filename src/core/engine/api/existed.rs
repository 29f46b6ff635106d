use crate::engine::{http::Answer, is_missing};
use crate::error::Result;

/// Turns `NOT_FOUND` into `false`, and success into `true`.
pub(in crate::engine) fn existed(outcome: Result<Answer>) -> Result<bool> {
    match outcome {
        Ok(_) => Ok(true),
        Err(error) if is_missing(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
