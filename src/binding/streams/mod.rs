//! Streams of the engine. Nothing is read before JavaScript asks for it.

mod json_stream;
mod log_stream;
mod source;

pub use json_stream::JsonStream;
pub use log_stream::LogStream;
pub use source::closed;
