//! TCP ports of a sandbox: what listens, connections, and tunnels on this host. All of it goes over the link, so no port is
//! published, and a sandbox without a network has them, too.

mod connection;
mod operations;
mod tunnel;

pub use connection::PortConnection;
pub use operations::{connect, ports};
pub use tunnel::Tunnel;
