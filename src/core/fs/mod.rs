//! The file system of a sandbox, as `node:fs` shows one.

mod check;
mod file_system;
mod handle;
mod patience;
mod search;
mod watch;

pub use check::time;
pub use file_system::{FileSystem, WholeFile};
pub use handle::FileHandle;
pub use search::{FoundFiles, FoundLines};
pub use watch::FileWatch;

pub use crate::link::fs::Change;
