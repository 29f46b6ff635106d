//! The output of containers, past and present.

mod decoder;
mod reader;

pub use crate::engine::api::container::LogOptions;
pub use reader::{LogChunk, Logs, open};
