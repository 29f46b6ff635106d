//! Tasks: one command in a container of its own, or on the host, that leaves nothing behind.

mod docker;
mod host;
mod own_directory;
pub mod run;
mod task;
mod workspace_dir;

pub use task::{Isolation, Task, TaskResult};
