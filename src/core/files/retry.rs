use std::sync::Arc;

use tokio::time::timeout;

use crate::{
    container::{Connection, Live, connection::PATIENCE, rescue::ATTENTION},
    error::{Code, Result},
};

/// Does something with the running container that may be repeated. If the container ends meanwhile, it is brought up again
/// and the work is done once more. If the agent does not answer soon, the container is examined.
///
/// # Errors
/// Those of `work`; `TIMEOUT`, `CLOSED`; those of bringing the sandbox up.
pub async fn with_retry<T, F>(connection: &Connection, work: impl Fn(Arc<Live>) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let _busy = connection.begin();
    let done = async {
        let live = connection.get().await?;
        let outcome = attended(connection, &live, work(Arc::clone(&live))).await;
        connection.touch();
        match outcome {
            Err(error) if error.code() == Code::SandboxLost => {
                let live = connection.get().await?;
                attended(connection, &live, work(Arc::clone(&live))).await
            }
            outcome => outcome,
        }
    };
    connection.unless_closed(done).await
}

async fn attended<T>(
    connection: &Connection,
    live: &Arc<Live>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    if let Ok(outcome) = timeout(ATTENTION, &mut work).await {
        return outcome;
    }
    connection.rescue(live).await?.attend();
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(connection.silent()))
}
