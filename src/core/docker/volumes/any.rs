use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    docker::{Manager, name},
    engine::api::volume,
    error::Result,
    label,
};

/// Options for a new volume.
#[derive(Debug, Clone, Default)]
pub struct VolumeOptions {
    /// Its name; the engine chooses one if not set.
    pub name: Option<String>,
    /// Its driver; `local` if not set.
    pub driver: Option<String>,
    /// Options for the driver.
    pub driver_options: BTreeMap<String, String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Creates a volume, or finds the one of that name, and describes it.
///
/// # Errors
/// `INVALID_ARGUMENT`; those of any call.
pub async fn create(manager: &Manager, options: &VolumeOptions) -> Result<String> {
    if let Some(name) = &options.name {
        name::volume(name)?;
    }
    let mut labels = options.labels.clone();
    labels.insert(label::MANAGED.to_owned(), "true".to_owned());
    let body = json!({
        "Name": options.name.as_deref().unwrap_or_default(),
        "Driver": options.driver.as_deref().unwrap_or("local"),
        "DriverOpts": options.driver_options,
        "Labels": labels,
    });
    volume::create(&*manager.engine().await?, &body).await?.text()
}

/// Describes a volume.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn inspect(manager: &Manager, name: &str) -> Result<String> {
    let name = name::volume(name)?;
    volume::inspect(&*manager.engine().await?, name).await?.text()
}

/// Lists the volumes that match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn list(manager: &Manager, filters: Option<String>) -> Result<String> {
    volume::list(&*manager.engine().await?, filters).await?.text()
}

/// Removes a volume; `false` if it did not exist.
///
/// # Errors
/// `INVALID_ARGUMENT`; `CONFLICT` if a container uses it; those of any call.
pub async fn remove(manager: &Manager, name: &str, force: bool) -> Result<bool> {
    let name = name::volume(name)?;
    // With `force`, the engine does not report whether the volume existed.
    let existed = !force || inspect(manager, name).await.is_ok();
    let removed = volume::remove(&*manager.engine().await?, name, force).await?;
    Ok(existed && removed)
}

/// Removes the volumes that no container uses and that match the filters (JSON); their names and size.
///
/// # Errors
/// Those of any call.
pub async fn prune(manager: &Manager, filters: Option<String>) -> Result<String> {
    volume::prune(&*manager.engine().await?, filters).await?.text()
}
