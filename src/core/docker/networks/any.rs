use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::find::find;
use crate::{
    docker::{Manager, name},
    engine::{api::network, is_missing},
    error::{Code, Error, Result},
    label,
};

/// A network of any kind to create.
#[derive(Debug, Clone, Default)]
pub struct NewNetwork {
    /// Its name.
    pub name: String,
    /// Its driver; `bridge` if not set.
    pub driver: Option<String>,
    /// Options for the driver.
    pub driver_options: BTreeMap<String, String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it has no route to the outside.
    pub internal: bool,
    /// Whether it has IPv6.
    pub ipv6: bool,
    /// Its address ranges; chosen by the engine if there are none.
    pub subnets: Vec<Range>,
}

/// An address range of a network.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// The range.
    pub subnet: String,
    /// The host's address in it; chosen by the engine if not set.
    pub gateway: Option<String>,
    /// The part that containers get addresses from; all of it if not set.
    pub ip_range: Option<String>,
}

/// Creates a network; its id.
///
/// # Errors
/// `INVALID_ARGUMENT`; `ALREADY_EXISTS` if the name is taken; `CONFLICT` if a subnet is in use; those of any call.
pub async fn create(manager: &Manager, new: &NewNetwork) -> Result<String> {
    name::new_network(&new.name)?;
    let mut labels = new.labels.clone();
    labels.insert(label::MANAGED.to_owned(), "true".to_owned());
    let body = json!({
        "Name": new.name,
        // Older engines would create a second network of the name.
        "CheckDuplicate": true,
        "Driver": new.driver.as_deref().unwrap_or("bridge"),
        "Internal": new.internal,
        "EnableIPv6": new.ipv6,
        "Options": new.driver_options,
        "Labels": labels,
        "IPAM": { "Driver": "default", "Config": new.subnets.iter().map(Range::body).collect::<Vec<_>>() },
    });
    network::create(&*manager.engine().await?, &body).await.map_err(|error| {
        let message = error.message().to_owned();
        if message.to_lowercase().contains("overlap") {
            return Error::new(Code::Conflict, message);
        }
        if error.code() == Code::Conflict {
            return Error::new(Code::AlreadyExists, message).detail("name", new.name.clone());
        }
        error
    })
}

impl Range {
    fn body(&self) -> Value {
        let mut body = json!({ "Subnet": self.subnet });
        for (name, value) in [("Gateway", &self.gateway), ("IPRange", &self.ip_range)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        body
    }
}

/// Describes a network, given by name, by id, or by an id that it had before it was isolated.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn inspect(manager: &Manager, id: &str) -> Result<String> {
    find(&*manager.engine().await?, id).await.map(|found| found.description.to_string())
}

/// Lists the networks that match the filters (JSON), without their containers.
///
/// # Errors
/// Those of any call.
pub async fn list(manager: &Manager, filters: Option<String>) -> Result<String> {
    network::matching(&*manager.engine().await?, filters).await?.text()
}

/// Removes a network; `false` if it did not exist.
///
/// # Errors
/// `INVALID_ARGUMENT`; `CONFLICT` if containers are connected; those of any call.
pub async fn remove(manager: &Manager, id: &str) -> Result<bool> {
    let engine = manager.engine().await?;
    let found = match find(&engine, id).await {
        Err(error) if is_missing(&error) => return Ok(false),
        found => found?,
    };
    network::remove(&engine, &found.id).await.map_err(|error| {
        // Docker answers 403.
        let in_use = ["active endpoints", "is in use", "being used"];
        if in_use.iter().any(|words| error.message().contains(words)) {
            return Error::new(Code::Conflict, error.message().to_owned());
        }
        error
    })
}

/// Removes the networks that no container is connected to and that match the filters (JSON); their names, as JSON.
///
/// # Errors
/// Those of any call.
pub async fn prune(manager: &Manager, filters: Option<String>) -> Result<String> {
    network::prune(&*manager.engine().await?, filters).await?.text()
}
