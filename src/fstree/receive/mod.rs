//! Receiving a tree.

mod attributes;
mod content;
mod draft;
mod pieces;
mod receiver;
mod sweep;
mod target;
mod writer;

pub use draft::Draft;
pub(crate) use draft::is_draft;
pub use pieces::{Unfinished, receive};
pub use receiver::Receiver;
pub use target::Target;
