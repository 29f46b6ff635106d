//! File operations in the sandbox, as its user.
//!
//! The agent's only thread has the user's filesystem ids, so the kernel checks each path as if a command had opened it.
//! Magic links such as `/proc/self/fd/3`, which would lead to the agent's own files, are refused.

mod access;
mod call;
mod change;
mod copy;
pub mod delete;
mod edit;
mod failure;
mod handle;
pub mod identify;
mod lines;
pub mod list;
mod make;
mod names;
mod open;
mod place;
pub mod read;
pub mod receive;
mod resolve;
pub mod send;
pub mod serve;
mod stat;
mod watch;
pub mod write;
mod write_all;

pub use watch::Watches;
