//! The output of containers, past and present.

mod chunk;
pub(crate) mod decoder;
mod reader;

pub use crate::engine::api::container::LogOptions;
pub use chunk::LogChunk;
pub use reader::{Logs, open};
