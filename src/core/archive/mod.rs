//! Tar archives, which may be hostile, as the source of a copy.

mod archive;
mod extension;
mod place;
mod reader;
mod unpacking;

pub use archive::{Archive, LIMITS};
pub use unpacking::Unpacking;

#[cfg(test)]
mod tests;
