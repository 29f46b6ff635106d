//! The engine's API: one function per call. What the answers mean for sandboxes or managers is decided by the callers.

pub mod build;
pub mod container;
pub mod exec;
pub mod image;
pub mod network;
pub mod podman_network;
pub mod raw;
pub mod system;
pub mod transfer;
pub mod volume;

mod existed;
mod fields;

pub(in crate::engine) use existed::existed;
pub(in crate::engine) use fields::lenient;
