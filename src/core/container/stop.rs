//! Stopping the container of a sandbox. What was installed in it stays.

use std::time::Duration;

use crate::{
    engine::Engine,
    error::Result,
    site::{Definition, Locked},
    workspace::{delete::unmount, disk::Disk},
};

/// What processes get when it is not the caller who stops the container: its next use waits for that.
const BRIEF: Duration = Duration::from_secs(1);

/// Stops the container of a sandbox and unmounts its disk. Its processes get `stop_timeout` to end. One that does not run is fine.
///
/// # Errors
/// `TIMEOUT` while another process starts it; `FILE_ERROR`; those of any call.
pub async fn stop(definition: &Definition) -> Result<()> {
    stop_locked(&Locked::wait(definition).await?).await
}

/// As [`stop`], unless somebody uses the sandbox; whether it was stopped.
///
/// # Errors
/// `FILE_ERROR`; those of any call.
pub async fn stop_unless_used(definition: &Definition) -> Result<bool> {
    match Locked::unless_used(definition).await? {
        Some(locked) => stop_locked(&locked).await.map(|()| true),
        None => Ok(false),
    }
}

/// As [`stop`], for the holder of the lock.
///
/// # Errors
/// `FILE_ERROR`; those of any call.
pub async fn stop_locked(locked: &Locked) -> Result<()> {
    let grace = locked.definition.options.stop_timeout;
    locked.engine.stop_container(&locked.container_name(), grace).await?;
    unmount(Disk::of(&locked.directory, &locked.definition.id), &locked.lock).await
}

/// Stops a container, given by name or id, in the middle of another call.
///
/// # Errors
/// Those of any call.
pub async fn stop_container(engine: &Engine, container: &str) -> Result<()> {
    engine.stop_container(container, BRIEF).await
}
