//! Sending a tree.

mod content;
mod data;
mod descent;
mod entry;
mod source;
mod top;
mod walk;

pub use data::append_data;
pub use source::{Source, send};
pub use top::open_top;
pub use walk::Walk;
