//! Where a sandbox's files are stored, and what keeps them within their limit.

pub mod delete;
pub mod directory;
pub mod disk;
mod host;
pub mod kind;
pub mod limit;
pub mod prepare;
pub mod prepared;
pub mod probe;
mod usage;
pub mod volume;

pub use kind::Workspace;
