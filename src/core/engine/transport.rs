//! The connection to an engine: over a socket, a pipe, TCP or TLS.

#[cfg(windows)]
mod pipe;
#[cfg(unix)]
mod socket;
pub mod tls;
pub mod wire;
