//! Deleting workspaces and their disks.

use std::{fs::File, io, path::PathBuf};

use tokio::task::spawn_blocking;

use super::disk::{self, Disk};
use crate::{
    error::{Code, Error, Result},
    site::Locked,
    store::failure::failed,
};

/// Deletes the workspace of a sandbox, wherever it is, except for its disk. One that does not exist is fine.
///
/// # Errors
/// `FILE_ERROR`, and those of any call.
pub async fn delete(locked: &Locked) -> Result<()> {
    // Which of the two it was, only the label of the container told, and that is gone.
    let Locked { definition, engine, directory, .. } = locked;
    delete_directory(directory.workspace_here(&definition.id)).await?;
    engine.remove_volume(&directory.container_name(&definition.id)).await
}

/// Deletes a directory with everything in it; one that does not exist is fine.
///
/// # Errors
/// `FILE_ERROR`.
pub async fn delete_directory(path: PathBuf) -> Result<()> {
    let deleted = spawn_blocking(move || {
        cofferdam_fstree::delete_tree(&path)
            .map_err(|errno| failed("delete the workspace", &path, &errno.into()))
    });
    deleted.await.map_err(|panic| Error::new(Code::Internal, panic.to_string()))?
}

/// Deletes the disk of a sandbox that has no container; one that does not exist is fine.
///
/// # Errors
/// `FILE_ERROR`.
pub async fn delete_disk(disk: Disk, lock: &File) -> Result<()> {
    blocking(lock, move || disk.delete().map_err(|error| disk::failed("delete", &disk, &error))).await
}

/// Unmounts a disk, so that it uses no device of the host. One that a process on the host has open stays mounted.
///
/// # Errors
/// `FILE_ERROR`.
pub async fn unmount(disk: Disk, lock: &File) -> Result<()> {
    blocking(lock, move || match disk.unmount() {
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Ok(()),
        outcome => outcome.map_err(|error| disk::failed("unmount", &disk, &error)),
    })
    .await
}

/// Unmounts the disk of a sandbox unless its container runs.
///
/// # Errors
/// `FILE_ERROR`, and those of any call.
pub async fn unmount_unless_up(locked: &Locked) -> Result<()> {
    let disk = Disk::of(&locked.directory, &locked.definition.id);
    let is_mounted = disk.limit().and_then(|limit| Ok(limit.is_some() && disk.is_mounted()?));
    if !is_mounted.map_err(|error| disk::failed("look at", &disk, &error))? {
        return Ok(());
    }
    let container = locked.engine.find_container(&locked.container_name()).await?;
    if container.is_some_and(|container| container.state.is_up()) {
        return Ok(());
    }
    unmount(disk, &locked.lock).await
}

/// Does work that blocks on a thread of its own. The sandbox's lock is held until it is done, even if the caller leaves.
pub(super) async fn blocking<T: Send + 'static>(
    lock: &File,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let internal = |message: String| Error::new(Code::Internal, message);
    let lock = lock.try_clone().map_err(|error| internal(error.to_string()))?;
    let done = spawn_blocking(move || {
        let done = work();
        drop(lock);
        done
    });
    done.await.map_err(|panic| internal(panic.to_string()))?
}
