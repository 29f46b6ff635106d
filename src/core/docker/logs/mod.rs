//! The output of containers, past and present.

mod chunk;
pub(crate) mod decoder;
mod line;
mod reader;

pub use crate::engine::api::container::LogOptions;
pub use chunk::LogChunk;
pub use reader::{Logs, open};
