//! TCP ports of the sandbox.

mod connect;
mod diag;
mod listening;
mod sockets;

use std::io;

use cofferdam_protocol::{
    port::{Listed, Request},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};

/// Does what a request asks for.
pub async fn serve<R, W>(request: Request, input: MessageReader<R>, output: &mut W) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    match request {
        Request::List => message::send(output, &Listed { ports: listening::listening() }).await,
        Request::Connect { port } => connect::run(port, input, output).await,
    }
}
