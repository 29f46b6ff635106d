use crate::{
    config::id::SandboxId,
    container::find::sandbox_id,
    engine::container::Listed,
    error::{Error, Result},
    sandbox::Sandboxes,
    site::Locked,
    store::data_directory::DataDirectory,
    workspace::{delete::unmount_unless_up, disk::Disk},
};

/// Unmounts the disks of sandboxes whose container does not run and that no process holds: a process died and left them
/// mounted, or a process on the host used them when they were to be unmounted. Returns what failed, by sandbox.
///
/// # Errors
/// `FILE_ERROR` when the disks cannot be listed.
pub async fn unmount_idle_disks(
    sandboxes: &Sandboxes,
    directory: &DataDirectory,
    containers: &[Listed],
) -> Result<Vec<(String, Error)>> {
    let is_up = |id: &SandboxId| {
        containers
            .iter()
            .any(|container| container.state.is_up() && sandbox_id(container).as_ref() == Some(id))
    };
    let mut failures = Vec::new();
    for id in directory.disks()?.into_iter().filter(|id| !is_up(id)) {
        if let Err(error) = unmount_idle_disk(sandboxes, directory, &id).await {
            failures.push((id.to_string(), error));
        }
    }
    Ok(failures)
}

async fn unmount_idle_disk(sandboxes: &Sandboxes, directory: &DataDirectory, id: &SandboxId) -> Result<()> {
    let Ok(true) = Disk::of(directory, id).is_mounted() else { return Ok(()) };
    match Locked::unless_used(&sandboxes.define(id)).await? {
        Some(locked) => unmount_unless_up(&locked).await,
        None => Ok(()),
    }
}
