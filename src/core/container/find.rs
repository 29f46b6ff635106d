//! Looking a container up.

use crate::{engine::container::Container, error::Result, site::Definition};

/// The container of a sandbox, if it has one.
///
/// # Errors
/// Those of opening the site and of any call.
pub async fn find(definition: &Definition) -> Result<Option<Container>> {
    let (engine, directory) = definition.site.open().await?;
    engine.find_container(&directory.container_name(&definition.id)).await
}
