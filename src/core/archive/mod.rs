//! Tar archives as the source of a copy. They may be hostile.

mod archive;
mod extension;
mod place;
mod reader;
mod unpacking;

pub use archive::{Archive, LIMITS};
pub use unpacking::Unpacking;

#[cfg(test)]
mod tests;
