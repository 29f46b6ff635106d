//! Volumes: of tasks, and any.

mod any;
mod task;
mod workspace_path;

pub use any::{VolumeOptions, create, inspect, list, prune, remove};
pub use task::{TaskMount, mount_memory, mount_workspace, of_task, remove_of_task};
