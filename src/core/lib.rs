//! The core of cofferdam: sandboxes on a Docker engine. It knows nothing of Node.

mod archive;
/// Sizes as people write them.
pub mod byte_size;
mod cancellation;
/// What the JavaScript facade uses when a call says nothing.
pub mod defaults;
pub mod docker;
pub mod engine;
mod error;
mod hex;
mod label;
pub mod link;
pub mod runtime;
pub mod sandbox;
mod single_flight;

pub use archive::Archive;
pub use cancellation::Cancellation;
pub use cofferdam_protocol as protocol;
pub use error::{Code, Error, Result};
