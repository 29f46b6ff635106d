//! What tasks left behind because their process died.

use futures_util::{StreamExt, stream};

use crate::{
    container::{
        find::{is_in_use, sandbox_id},
        remove::remove_locked,
    },
    error::Result,
    label,
    sandbox::Sandboxes,
    site::Locked,
    workspace::{
        delete::{delete_directory, delete_disk},
        disk::Disk,
    },
};

/// How many tasks are dealt with at once.
const AT_ONCE: usize = 8;

/// Removes containers, disks and directories of tasks that no live process holds; the tasks' ids.
///
/// # Errors
/// `FILE_ERROR`, `CLOSED`; those of the engine.
pub async fn sweep(sandboxes: &Sandboxes) -> Result<Vec<String>> {
    sandboxes.check_open()?;
    let (engine, directory) = sandboxes.site().open().await?;
    let containers = engine.containers_with_label(label::NAMESPACE, Some(directory.namespace())).await?;
    let mut ids = directory.workspaces()?;
    ids.extend(directory.disks()?);
    let of_tasks = containers.iter().filter(|container| is_in_use(&directory, container));
    ids.extend(of_tasks.filter_map(sandbox_id));
    ids.sort();
    ids.dedup();
    let sweeps: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let definition = sandboxes.define(&id);
            async move {
                let Some(locked) = Locked::unless_used(&definition).await? else { return Ok(None) };
                remove_locked(&locked, true).await?;
                Ok(Some(id.to_string()))
            }
        })
        .collect();
    let swept: Vec<Result<Option<String>>> = stream::iter(sweeps).buffer_unordered(AT_ONCE).collect().await;
    swept.into_iter().filter_map(Result::transpose).collect()
}

/// As [`sweep`], for tasks on the host: the engine is not used.
///
/// # Errors
/// `FILE_ERROR`, `CLOSED`.
pub async fn sweep_host(sandboxes: &Sandboxes) -> Result<Vec<String>> {
    sandboxes.check_open()?;
    let directory = sandboxes.site().directory().await?;
    let mut swept = Vec::new();
    for id in directory.workspaces()? {
        let Some(lock) = directory.locks.try_take(&id)? else { continue };
        if !directory.leases.is_held(&id)? {
            // It may have been meant for a container.
            delete_disk(Disk::of(&directory, &id), &lock).await?;
            delete_directory(directory.workspace_here(&id)).await?;
            directory.forget(&id, &lock)?;
            swept.push(id.to_string());
        }
    }
    Ok(swept)
}
