//! Copies of trees into and out of a sandbox, done together with its agent.

mod copying;
mod ends;
mod failure;
mod open;
mod receive;
mod send;

pub use copying::Copying;
pub use ends::{End, Ends};
pub use failure::aborted;
pub use open::{open_archive, open_host, open_pinned};

#[cfg(test)]
mod tests;
