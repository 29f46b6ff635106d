//! Processes of the sandbox: started as its user, found by a tag, reaped.

pub mod oom;
pub mod reaper;
pub mod spawn;
pub mod tag;
pub mod tree;
