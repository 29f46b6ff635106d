//! Undoing a replacement of a network that failed half-way.

use serde_json::Value;

use super::{
    find::id_of,
    members::{Member, members, reconnect},
};
use crate::{
    engine::{Engine, api::network, is_missing},
    error::{Code, Error, Result},
};

/// What a network is created from, and what its description says of it.
const SETTINGS: [&str; 8] =
    ["Name", "Driver", "Internal", "Attachable", "EnableIPv6", "IPAM", "Options", "Labels"];

/// Makes sure that a network is as described, with these containers on it. If the old one still exists, it is used; otherwise
/// what has taken its place is removed and a new one created.
///
/// # Errors
/// `CONFLICT` if a container could not be reconnected; those of any call.
pub async fn restore(engine: &Engine, old: &str, description: &Value, before: &[Member]) -> Result<()> {
    let id = match network::inspect(engine, old).await {
        Ok(_) => old.to_owned(),
        Err(error) if is_missing(&error) => {
            remove_replacement(engine, description).await?;
            network::create(engine, &settings(description)).await?
        }
        Err(error) => return Err(error),
    };
    reconnect(engine, &id, before).await?;
    let after = members(engine, &id).await?;
    let missing: Vec<&str> = before
        .iter()
        .map(|member| member.id.as_str())
        .filter(|id| !after.iter().any(|member| member.id == *id))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, "some containers could not be connected to their network again")
        .detail("containers", missing.into_iter().map(Value::from).collect::<Vec<_>>()))
}

/// Removes the network that has the old one's name: it has the addresses, too.
async fn remove_replacement(engine: &Engine, description: &Value) -> Result<()> {
    let name = description["Name"].as_str().unwrap_or_default();
    let replacement = match network::inspect(engine, name).await {
        Ok(found) => id_of(&found)?,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for member in members(engine, &replacement).await? {
        network::disconnect(engine, &replacement, &member.id).await?;
    }
    network::remove(engine, &replacement).await.map(drop)
}

/// The settings in a network's description.
fn settings(description: &Value) -> Value {
    let given = |name: &str| {
        let value = &description[name];
        (!value.is_null()).then(|| (name.to_owned(), value.clone()))
    };
    Value::Object(SETTINGS.into_iter().filter_map(given).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_restored_network_has_all_settings_of_the_old_one() {
        let description = json!({
            "Name": "n", "Id": "0123", "Created": "2026-01-01T00:00:00Z", "Scope": "local", "Driver": "bridge", "EnableIPv6": true,
            "IPAM": { "Driver": "default", "Config": [{ "Subnet": "10.0.0.0/24" }, { "Subnet": "fd00::/64" }] },
            "Internal": false, "Attachable": false, "Containers": {}, "Options": { "com.docker.network.driver.mtu": "1400" }, "Labels": null,
        });
        assert_eq!(
            settings(&description),
            json!({
                "Name": "n", "Driver": "bridge", "EnableIPv6": true, "Internal": false, "Attachable": false,
                "IPAM": { "Driver": "default", "Config": [{ "Subnet": "10.0.0.0/24" }, { "Subnet": "fd00::/64" }] },
                "Options": { "com.docker.network.driver.mtu": "1400" },
            })
        );
    }
}
