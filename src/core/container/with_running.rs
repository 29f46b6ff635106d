use std::{pin::pin, sync::Arc};

use tokio::time::timeout;

use super::{Connection, Live, connection::PATIENCE, rescue::ATTENTION};
use crate::error::{Code, Result};

/// Asks the agent of a running container; `None` when it does not run, or ends meanwhile. Starts no container, but goes on with one
/// that is paused.
///
/// # Errors
/// Those of `ask`; `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn with_running<T, F>(
    connection: &Connection,
    ask: impl FnOnce(Arc<Live>) -> F,
) -> Result<Option<T>>
where
    F: Future<Output = Result<T>>,
{
    let asked = async {
        let running = timeout(PATIENCE, connection.running()).await;
        let Some(live) = running.unwrap_or_else(|_| Err(connection.silent()))? else { return Ok(None) };
        let mut asked = pin!(ask(Arc::clone(&live)));
        let outcome = if let Ok(outcome) = timeout(ATTENTION, &mut asked).await {
            outcome
        } else {
            connection.rescue(&live).await?.attend();
            timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(connection.silent()))
        };
        match outcome {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code() == Code::SandboxLost => Ok(None),
            Err(error) => Err(error),
        }
    };
    connection.unless_closed(asked).await
}
