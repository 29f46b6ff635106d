//! The output of containers, past and present.

mod chunk;
pub(crate) mod decoder;
mod line;
mod moment;
mod reader;

pub use crate::engine::api::container::LogOptions;
pub use chunk::LogChunk;
pub use moment::Moment;
pub use reader::{Logs, open};
