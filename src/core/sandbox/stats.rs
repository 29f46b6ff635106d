//! What a sandbox uses.

use std::sync::Arc;

use cofferdam_protocol::stats::Stats;

use crate::{
    container::{Connection, Live, with_running::with_running},
    error::{Code, Error, Result},
    link::stats,
};

/// What a sandbox uses at the moment. Starts no container, and does not count as a use.
///
/// # Errors
/// `NOT_FOUND` when it does not run; `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn stats(connection: &Connection) -> Result<Stats> {
    let ask = |live: Arc<Live>| async move { stats::stats(&live.link).await };
    with_running(connection, ask).await?.ok_or_else(|| {
        Error::new(Code::NotFound, format!("the sandbox {} is not running", connection.definition().id))
    })
}
