//! Networks: of tasks, and any that a task's containers are on.

mod any;
mod connect;
mod create;
mod find;
mod isolate;
mod members;
mod restore;
mod task;
mod traffic;

pub use any::{NewNetwork, Range, create, inspect, list, prune, remove};
pub use connect::{Endpoint, connect, disconnect};
pub(super) use find::to_join;
pub use isolate::isolate;
pub use task::{NetworkOptions, create_for_task, of_task, remove_of_task};
pub use traffic::{Traffic, traffic};
