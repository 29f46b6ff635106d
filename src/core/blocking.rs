use tokio::task::spawn_blocking;

use crate::error::{Code, Error, Result};

/// Does something with files of the host on a thread of its own: a disk may be slow, and the runtime has one thread.
///
/// # Errors
/// Those of `work`.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = spawn_blocking(work).await;
    done.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}
