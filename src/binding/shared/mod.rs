//! Conversion between JavaScript's types and the core's; index.d.ts says what they mean.

pub mod archive;
pub mod attach;
pub mod container_change;
pub mod container_defaults;
pub mod container_exec;
pub mod container_logs;
pub mod container_stats;
pub mod credentials;
pub mod image_build;
pub mod json;
pub mod network;
pub mod volume;
