use tokio::time::timeout;

use crate::{
    container::{
        Connection,
        connection::PATIENCE,
        rescue::{ATTENTION, Rescue},
    },
    error::Result,
};

/// Waits for an agent. One that does not answer soon gets attention.
///
/// # Errors
/// Those of `work`; `TIMEOUT`.
pub async fn patiently<T>(
    connection: &Connection,
    rescue: &Rescue,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    if let Ok(outcome) = timeout(ATTENTION, &mut work).await {
        return outcome;
    }
    rescue.attend();
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(connection.silent()))
}
