//! Processes of the sandbox: started as its user, found by a tag, reaped.

mod child;
pub mod failure;
pub mod mark;
pub mod oom;
mod plan;
pub mod privileges;
pub mod reaper;
pub mod spawn;
pub mod tag;
pub mod tree;
