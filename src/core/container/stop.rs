//! Stopping the container of a sandbox. What was installed in it stays.

use crate::{
    engine::Engine,
    error::Result,
    site::{Definition, Locked},
    workspace::{delete::unmount, disk::Disk},
};

/// How many seconds the engine gives the agent to end; it needs a fifth of one.
const GRACE: i32 = 2;

/// Stops the container of a sandbox and unmounts its disk. One that does not run is fine.
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
    stop_container(&locked.engine, &locked.container_name()).await?;
    unmount(Disk::of(&locked.directory, &locked.definition.id), &locked.lock).await
}

/// Stops a container, given by name or id.
///
/// # Errors
/// Those of any call.
pub async fn stop_container(engine: &Engine, container: &str) -> Result<()> {
    engine.stop_container(container, GRACE).await
}
