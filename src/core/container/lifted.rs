//! A limit on processor time that was lifted for a late command.

use crate::{
    engine::container::{Container, Limits},
    error::Result,
    site::Locked,
};

/// No limit on processor time.
pub const UNLIMITED: i64 = -1;

/// Restores the limit of a sandbox's container if a process has lifted it and died. `limits` are those of its options.
///
/// # Errors
/// Those of any call.
pub async fn restore_limit(locked: &Locked, limits: Limits) -> Result<()> {
    match locked.engine.find_container(&locked.container_name()).await? {
        Some(Container { id, limits: found, .. }) if found.cpu_quota <= 0 => {
            let limits = Limits { cpu_quota: limits.cpu_quota, ..found };
            locked.engine.update_limits(&id, limits).await
        }
        _ => Ok(()),
    }
}
