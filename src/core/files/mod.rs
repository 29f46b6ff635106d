//! The host's side of file operations: one file or directory at a time.

pub mod operations;
mod retry;

pub use retry::with_retry;
