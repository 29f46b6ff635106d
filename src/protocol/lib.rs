//! The protocol between host and agent.
//!
//! A link is one byte stream between a host process and a sandbox's agent. Each side sends a [`wire::hello`], then the
//! stream carries yamux. The host opens one yamux stream for each operation. Its first message is a [`Request`]; all
//! messages are length-delimited postcard ([`wire::message`]). Dropping a stream cancels its operation.

pub mod copy;
pub mod file;
pub mod fs;
pub mod layout;
pub mod names;
pub mod port;
pub mod process;
mod raw_path;
mod request;
pub mod stats;
mod system_error;
mod tail;
pub mod ulimit;
pub mod wire;

pub use raw_path::RawPath;
pub use request::Request;
pub use system_error::SystemError;
pub use tail::Tail;
