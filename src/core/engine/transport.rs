//! The way to an engine: a socket, a pipe, TCP, TLS.

#[cfg(windows)]
mod pipe;
#[cfg(unix)]
mod socket;
pub mod tls;
pub mod wire;
