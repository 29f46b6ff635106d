use tokio::task::spawn_blocking;

use crate::error::{Code, Error, Result};

/// Opens something on the host on a thread of its own, because a disk may be slow.
///
/// # Errors
/// Those of `open`.
pub async fn blocking<T: Send + 'static>(open: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let opened = spawn_blocking(open).await;
    opened.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}
