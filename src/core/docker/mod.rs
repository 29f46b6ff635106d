//! Any container, image, network and volume of an engine. The engine's descriptions are returned as they are, in JSON.

pub mod archives;
pub mod attach;
pub mod bytes;
pub mod containers;
pub mod events;
pub mod exec;
pub mod images;
pub mod logs;
pub mod networks;
pub mod stats;
pub mod volumes;

mod config;
mod cpu_samples;
mod manager;
pub(crate) mod name;
mod registry_auth;
pub(crate) mod subnet;

pub use config::{ContainerConfig, Defaults};
pub use manager::Manager;
