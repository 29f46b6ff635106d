use std::sync::Arc;

use cofferdam_protocol::port::Listening;
use tokio::time::timeout;

use crate::{
    container::{Connection, connection::PATIENCE},
    error::{Code, Error, Result},
    link::port::{self, Connection as PortConnection},
};

/// The ports on which somebody listens: none if the container does not run. Starts no container.
///
/// # Errors
/// `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn ports(connection: &Connection) -> Result<Vec<Listening>> {
    let listed = async {
        match connection.running().await? {
            Some(live) => port::list(&live.link).await,
            None => Ok(Vec::new()),
        }
    };
    match patiently(connection, listed).await {
        Err(error) if error.code() == Code::SandboxLost => Ok(Vec::new()),
        outcome => outcome,
    }
}

/// Connects to a port. Starts no container.
///
/// # Errors
/// `INVALID_ARGUMENT` for port 0; `NOT_FOUND` when the container does not run, or nobody listens on the port; `CONFLICT`,
/// `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn connect(connection: &Arc<Connection>, port: u16) -> Result<PortConnection> {
    if port == 0 {
        return Err(Error::invalid("port", "port must be from 1 to 65535, not 0"));
    }
    patiently(connection, async {
        let Some(live) = connection.running().await? else {
            let message = format!("the sandbox {} is not running", connection.definition().id);
            return Err(Error::new(Code::NotFound, message).hint("start a server in it first"));
        };
        connection.touch();
        port::connect(&live.link, port).await
    })
    .await
}

async fn patiently<T>(connection: &Connection, work: impl Future<Output = Result<T>>) -> Result<T> {
    let work = async { timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(connection.silent())) };
    connection.unless_closed(work).await
}
