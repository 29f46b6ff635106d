//! Removing the container of a sandbox.

use super::network;
use crate::{
    error::Result,
    site::{Definition, Locked},
    workspace::{
        delete::{delete, delete_disk, unmount},
        disk::Disk,
    },
};

/// Removes the container of a sandbox, and its workspace if asked to. One that does not exist is fine.
///
/// # Errors
/// `TIMEOUT` while another process starts it; `FILE_ERROR`; those of any call.
pub async fn remove(definition: &Definition, with_workspace: bool) -> Result<()> {
    remove_locked(&Locked::wait(definition).await?, with_workspace).await
}

/// As [`remove`], for the holder of the lock.
///
/// # Errors
/// `FILE_ERROR`; those of any call.
pub async fn remove_locked(locked: &Locked, with_workspace: bool) -> Result<()> {
    let Locked { definition, engine, directory, lock } = locked;
    let (name, disk) = (locked.container_name(), Disk::of(directory, &definition.id));
    let removal = engine.remove_container(&name);
    if !with_workspace {
        removal.await?;
        network::remove(locked).await?;
        return unmount(disk, lock).await;
    }
    let deletion = delete_disk(disk, lock);
    if definition.options.lifetime.is_tethered() {
        // It is never used again, so its files can be deleted before its processes have ended.
        let (removed, deleted) = tokio::join!(removal, deletion);
        removed.and(deleted)?;
    } else {
        removal.await?;
        deletion.await?;
    }
    network::remove(locked).await?;
    delete(locked).await?;
    directory.forget(&definition.id, lock)
}
