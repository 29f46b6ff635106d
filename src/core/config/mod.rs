//! What a sandbox is asked to be: options, their presets and their validation. Decides nothing about the engine.

pub mod defaults;
pub mod environment;
pub mod guest_path;
pub mod host_paths;
pub mod id;
mod in_memory;
pub mod lifetime;
pub mod mount;
pub mod options;
pub mod profile;
mod ulimits;
pub mod user;
pub mod user_range;
