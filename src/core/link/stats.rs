//! What a sandbox uses, asked of its agent.

use cofferdam_protocol::{Request, stats::Stats, wire::message};

use super::{
    Link,
    failure::{broken, lost},
};
use crate::error::Result;

/// What the sandbox uses.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn stats(link: &Link) -> Result<Stats> {
    let mut operation = link.begin().await?;
    message::send(&mut operation.requests, &Request::Stats).await.map_err(|error| broken(&error))?;
    operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)
}
