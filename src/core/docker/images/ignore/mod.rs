//! `.dockerignore`, as Docker's own client takes it.

mod class;
mod expression;
mod glob;
mod ignored;
mod lines;
mod parts;
mod pattern;
mod repeat;
mod rune;

pub use ignored::{Ignored, Verdict};
