//! Looking a container up.

use crate::{
    config::id::SandboxId,
    engine::container::{Container, Listed},
    error::Result,
    label,
    site::Definition,
    store::data_directory::DataDirectory,
};

/// The container of a sandbox, if it has one.
///
/// # Errors
/// Those of opening the site and of any call.
pub async fn find(definition: &Definition) -> Result<Option<Container>> {
    let (engine, directory) = definition.site.open().await?;
    engine.find_container(&directory.container_name(&definition.id)).await
}

/// The sandbox that a listed container belongs to by its label.
pub fn sandbox_id(container: &Listed) -> Option<SandboxId> {
    container.labels.get(label::SANDBOX).cloned().and_then(|id| SandboxId::try_from(id).ok())
}

/// Whether a listed container is the one that its sandbox uses. Others may have its labels: one that lost its name
/// because it could not be killed, one of another version of ours, a copy that somebody made.
pub fn is_in_use(directory: &DataDirectory, container: &Listed) -> bool {
    sandbox_id(container).is_some_and(|id| {
        let name = directory.container_name(&id);
        container.names.iter().any(|found| found.trim_start_matches('/') == name)
    })
}
