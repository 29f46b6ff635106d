//! The file system of a sandbox, as `node:fs` shows one.

mod check;
mod file_system;
mod handle;
mod patience;

pub use check::time;
pub use file_system::{FileSystem, WholeFile};
pub use handle::FileHandle;

pub use crate::link::fs::Change;
