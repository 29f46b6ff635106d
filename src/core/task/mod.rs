//! Tasks: one command in a container of its own, or on the host, of which nothing is left afterwards.

mod docker;
mod host;
mod own_directory;
pub mod run;
mod task;
mod workspace_dir;

pub use task::{Isolation, Task, TaskResult};
