//! Agents for tests.

use std::future::poll_fn;

use cofferdam_protocol::wire::{hello::AgentHello, message::MessageReader, mux};
use futures_util::io::{AsyncReadExt, ReadHalf, WriteHalf};
use tokio::io::DuplexStream;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};
use yamux::{Connection, Mode, Stream};

use super::Link;

/// The messages to an agent in one operation.
pub type Input = MessageReader<ReadHalf<Stream>>;

/// One end of a pipe in memory.
pub type Pipe = Compat<DuplexStream>;

/// A link, and the agent's end of it.
pub fn link() -> (Link, Pipe) {
    let (host, agent) = pipe();
    let hello =
        AgentHello { uid: 1000, gid: 1000, home: "/".to_owned(), shell: "/bin/sh".to_owned(), unfit: None };
    (Link::carry(host, hello).unwrap(), agent)
}

/// The host's end and the agent's end, before the handshake.
pub fn pipe() -> (Pipe, Pipe) {
    let (host, agent) = tokio::io::duplex(64 * 1024);
    (host.compat(), agent.compat())
}

/// Plays the agent of one operation.
pub async fn play<F>(pipe: Pipe, act: impl FnOnce(Input, WriteHalf<Stream>) -> F)
where
    F: Future<Output = ()>,
{
    let mut connection = Connection::new(pipe, mux::config(), Mode::Server);
    let stream = poll_fn(|cx| connection.poll_next_inbound(cx)).await.unwrap().unwrap();
    let (input, output) = stream.split();
    tokio::select! {
        () = act(MessageReader::new(input), output) => {}
        _ = poll_fn(|cx| connection.poll_next_inbound(cx)) => {}
    }
}
