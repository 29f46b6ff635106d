use serde_json::Value;

use super::find::find;
use crate::{
    docker::{Manager, name},
    engine::api::network,
    error::Result,
};

/// Connects a container; `false` if it was connected already.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn connect(manager: &Manager, container: &str, network: &str) -> Result<bool> {
    let engine = manager.engine().await?;
    let found = find(&engine, network).await?;
    network::connect(&engine, &found.id, name::container(container)?, &Value::Null).await
}

/// Disconnects a container; `false` if it was not connected or does not exist.
///
/// # Errors
/// `NOT_FOUND` if the network does not exist; those of any call.
pub async fn disconnect(manager: &Manager, container: &str, network: &str) -> Result<bool> {
    let engine = manager.engine().await?;
    let found = find(&engine, network).await?;
    network::disconnect(&engine, &found.id, name::container(container)?).await
}
