//! Streams of the engine. Nothing is read before JavaScript asks for it.

mod archive_input;
mod attachment;
mod byte_stream;
mod json_stream;
mod log_stream;
mod source;

pub use archive_input::ArchiveInput;
pub use attachment::Attachment;
pub use byte_stream::ByteStream;
pub use json_stream::JsonStream;
pub use log_stream::LogStream;
pub use source::closed;
