//! Requests to the engine's HTTP API and its answers, read at once or as they arrive.

mod answer;
mod body;
mod duplex;
mod json_stream;
pub(crate) mod json_values;
pub(crate) mod refusal;
mod request;
mod send;

pub use answer::Answer;
pub use body::{BodyStream, Upload};
pub use duplex::{Duplex, DuplexReader, DuplexWriter};
pub use json_stream::JsonStream;
pub(in crate::engine) use request::{Request, segment};
