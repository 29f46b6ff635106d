//! The core of cofferdam: sandboxes on a container engine. It knows nothing of Node.js.

pub mod archive;
mod blocking;
pub mod byte_size;
mod cancellation;
pub mod config;
mod container;
pub mod copy;
pub mod docker;
pub mod engine;
mod error;
pub mod events;
pub mod exec;
pub mod facade_defaults;
mod files;
pub mod firewall;
pub mod fs;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod hex;
mod hostfs;
pub mod janitor;
mod label;
pub mod link;
pub mod port;
pub mod process;
pub mod runtime;
pub mod sandbox;
pub mod session;
mod single_flight;
mod site;
mod store;
pub mod task;
mod workspace;

pub use archive::Archive;
pub use cancellation::Cancellation;
pub use cofferdam_protocol as protocol;
pub use error::{Code, Error, Result};
