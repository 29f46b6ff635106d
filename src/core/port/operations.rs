use std::sync::Arc;

use cofferdam_protocol::port::Listening;

use crate::{
    container::{Connection, Live, with_running::with_running},
    error::{Code, Error, Result},
    link::port::{self, Connection as PortConnection},
};

/// The ports on which somebody listens: none if the container does not run. Starts no container.
///
/// # Errors
/// `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn ports(connection: &Connection) -> Result<Vec<Listening>> {
    let list = |live: Arc<Live>| async move { port::list(&live.link).await };
    Ok(with_running(connection, list).await?.unwrap_or_default())
}

/// Connects to a port. Starts no container.
///
/// # Errors
/// `INVALID_ARGUMENT` for port 0; `NOT_FOUND` when the container does not run, or nobody listens on the port; `CONFLICT`,
/// `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn connect(connection: &Connection, port: u16) -> Result<PortConnection> {
    if port == 0 {
        return Err(Error::invalid("port", "port must be from 1 to 65535, not 0"));
    }
    connection.touch();
    let connect = |live: Arc<Live>| async move { port::connect(&live.link, port).await };
    with_running(connection, connect).await?.ok_or_else(|| {
        let message = format!("the sandbox {} is not running", connection.definition().id);
        Error::new(Code::NotFound, message).hint("start a server in it first")
    })
}
