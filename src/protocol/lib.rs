//! What host and agent say to each other.
//!
//! A link is one byte stream between a host process and the agent of a sandbox. It opens with a
//! [`hello`] in each direction, then carries yamux: one yamux stream an operation, opened by the host, and
//! on it length-delimited postcard messages ([`frame`]). Dropping a stream cancels its operation.

pub mod batch;
pub mod exec;
pub mod file;
pub mod frame;
pub mod hello;
pub mod limits;
pub mod mux;
mod request;
pub mod socket;
mod system_error;
mod tail;
pub mod tree;

pub use request::Request;
pub use system_error::SystemError;
pub use tail::Tail;
