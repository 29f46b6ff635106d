//! The agent's socket, and the first byte that is said on it.

/// Where the agent listens: a directory of its own that only root may enter.
pub const PATH: &str = "/run/cofferdam/agent.sock";

/// The link goes over the two descriptors that come with this byte: a bridge's standard input and output.
pub const BRIDGED: u8 = 0;

/// The link goes over the socket itself.
pub const DIRECT: u8 = 1;
