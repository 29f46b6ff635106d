use serde_json::{Value, json};

use crate::{
    engine::{
        Engine,
        api::{network, system},
    },
    error::{Code, Error, Result},
};

/// The first API version with a mode for networks without a gateway.
const ISOLATED_MODE: (u32, u32) = (1, 48);

/// A network to create.
pub struct NewNetwork {
    pub name: String,
    pub labels: Value,
    /// Whether it has no route to the outside.
    pub internal: bool,
    /// Whether the engine has a mode for networks without a gateway; see [`has_isolated_mode`].
    pub isolated_mode: bool,
}

/// Creates a network and returns its id.
///
/// # Errors
/// `CONFLICT` if the subnet overlaps another; those of any call.
pub async fn create(
    engine: &Engine,
    new: &NewNetwork,
    subnet: &str,
    gateway: Option<&str>,
) -> Result<String> {
    let mut range = json!({ "Subnet": subnet });
    if let Some(gateway) = gateway {
        range["Gateway"] = json!(gateway);
    }
    // `Internal` alone leaves all addresses of the host in reach, because the host is the gateway. So the host gets no
    // address on the network.
    let options = match (new.internal, new.isolated_mode) {
        (false, _) => json!({}),
        (true, true) => json!({ "com.docker.network.bridge.gateway_mode_ipv4": "isolated" }),
        (true, false) => json!({ "com.docker.network.bridge.inhibit_ipv4": "true" }),
    };
    let body = json!({
        "Name": new.name,
        "Driver": "bridge",
        "Internal": new.internal,
        "Labels": new.labels,
        "Options": options,
        "IPAM": { "Driver": "default", "Config": [range] },
    });
    match network::create(engine, &body).await {
        // Older engines answer 403, newer ones 400.
        Err(error) if error.message().to_lowercase().contains("overlap") => {
            Err(Error::new(Code::Conflict, error.message().to_owned()).detail("subnet", subnet))
        }
        outcome => outcome,
    }
}

/// Whether the engine has a mode for networks without a gateway.
///
/// # Errors
/// Those of any call.
pub async fn has_isolated_mode(engine: &Engine) -> Result<bool> {
    Ok(system::api_version(engine).await? >= ISOLATED_MODE)
}
