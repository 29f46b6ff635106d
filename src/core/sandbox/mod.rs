//! Sandboxes: thin owners that offer what the folders below do.

pub mod health;
pub mod info;
pub mod sandbox;
pub mod sandboxes;
pub mod stats;

pub use crate::workspace::limit::{DiskInfo, Usage};
pub use sandbox::Sandbox;
pub use sandboxes::{Sandboxes, Summary};
