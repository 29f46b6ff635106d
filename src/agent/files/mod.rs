//! Files of the sandbox, as its user finds them.
//!
//! The agent's only thread has the user's filesystem ids, so the kernel checks every path as if a command
//! had opened it; magic links such as `/proc/self/fd/3`, which would be the agent's own, are refused.

pub mod delete;
pub mod list;
mod path;
pub mod read;
pub mod receive;
pub mod send;
pub mod write;
