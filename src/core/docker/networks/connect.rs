use super::find::find;
use crate::{
    docker::{Manager, config::endpoint, name},
    engine::api::network,
    error::Result,
};

/// What a container is called on a network, and its addresses there.
#[derive(Debug, Clone, Default)]
pub struct Endpoint {
    /// Further names for it there.
    pub aliases: Vec<String>,
    /// Its address; chosen by the engine if not set.
    pub ipv4_address: Option<String>,
    /// Its IPv6 address; chosen by the engine if not set.
    pub ipv6_address: Option<String>,
}

/// Connects a container; `false` if it was connected already.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn connect(manager: &Manager, container: &str, network: &str, given: &Endpoint) -> Result<bool> {
    let Endpoint { aliases, ipv4_address, ipv6_address } = given;
    let settings = endpoint(aliases, ipv4_address.as_deref(), ipv6_address.as_deref())?;
    let engine = manager.engine().await?;
    let found = find(&engine, network).await?;
    network::connect(&engine, &found.id, name::container(container)?, &settings).await
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
