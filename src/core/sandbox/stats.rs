//! What a sandbox uses.

use cofferdam_protocol::stats::Stats;
use tokio::time::timeout;

use crate::{
    container::{Connection, connection::PATIENCE},
    error::{Code, Error, Result},
    link::stats,
};

/// What a sandbox uses at the moment. Starts no container, and does not count as a use.
///
/// # Errors
/// `NOT_FOUND` when it does not run; `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn stats(connection: &Connection) -> Result<Stats> {
    let asked = async {
        let Some(live) = connection.running().await? else {
            let message = format!("the sandbox {} is not running", connection.definition().id);
            return Err(Error::new(Code::NotFound, message));
        };
        stats::stats(&live.link).await
    };
    connection
        .unless_closed(async { timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(connection.silent())) })
        .await
}
