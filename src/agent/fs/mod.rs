//! File operations in the sandbox, as its user.
//!
//! The agent's only thread has the user's filesystem ids, so the kernel checks each path as if a command had opened it.
//! Magic links such as `/proc/self/fd/3`, which would lead to the agent's own files, are refused.

pub mod delete;
mod failure;
pub mod identify;
pub mod list;
mod open;
mod place;
pub mod read;
pub mod receive;
pub mod send;
pub mod write;
