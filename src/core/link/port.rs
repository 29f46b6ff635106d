//! TCP ports of a sandbox, through its agent.

use cofferdam_protocol::{
    Request,
    port::{self, Connected, Listed, Listening, MAX_LISTENING},
    wire::message,
};
use futures_util::io::{ReadHalf, WriteHalf};
use yamux::Stream;

use super::{
    Link, Operation, Permit,
    failure::{broken, lost, violated},
};
use crate::error::{Code, Error, Result};

/// An open connection. Dropping it aborts it.
#[derive(Debug)]
pub struct Connection {
    /// What the server sends.
    pub incoming: ReadHalf<Stream>,
    /// What is sent to the server. Closing it is the end of the data.
    pub outgoing: WriteHalf<Stream>,
    /// Counts the connection as open.
    pub permit: Permit,
}

/// The ports on which somebody listens.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn list(link: &Link) -> Result<Vec<Listening>> {
    let mut operation = link.begin().await?;
    let request = Request::Port(port::Request::List);
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    let listed: Listed = operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)?;
    if listed.ports.len() > MAX_LISTENING {
        return Err(violated("the agent sent more than was requested"));
    }
    Ok(listed.ports)
}

/// Connects to a port.
///
/// # Errors
/// `NOT_FOUND` when nobody listens there; `CONFLICT` when too many connections are open, or for other reasons of the system;
/// `SANDBOX_LOST`.
pub async fn connect(link: &Link, port: u16) -> Result<Connection> {
    let mut operation = link.begin_stream().await?;
    let request = Request::Port(port::Request::Connect { port });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    match operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)? {
        Connected::Done => {
            let Operation { events, requests, permit, .. } = operation;
            Ok(Connection { incoming: events.into_inner(), outgoing: requests, permit })
        }
        Connected::Failed(error) => {
            let refused = error.name == "ECONNREFUSED";
            let code = if refused { Code::NotFound } else { Code::Conflict };
            let message = format!("could not connect to port {port} of the sandbox: {}", error.message);
            let failed = Error::new(code, message).detail("errno", error.name).detail("port", port);
            Err(if refused { failed.hint("wait until a server listens there: waitForPort") } else { failed })
        }
    }
}
