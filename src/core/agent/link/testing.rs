use tokio::io::DuplexStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use super::*;

/// One end of a pipe in memory.
pub type Pipe = Compat<DuplexStream>;

/// A link, and the end that an agent would have.
pub fn link() -> (Link, Pipe) {
    let (host, agent) = pipe();
    let hello = AgentHello { uid: 1000, gid: 1000, home: "/".to_owned(), shell: "/bin/sh".to_owned() };
    (Link::carry(host, hello).unwrap(), agent)
}

/// Both ends before their openings.
pub fn pipe() -> (Pipe, Pipe) {
    let (host, agent) = tokio::io::duplex(64 * 1024);
    (host.compat(), agent.compat())
}
