use serde_json::{Value, json};

use crate::{
    engine::{
        Engine,
        api::{container, network},
        is_missing,
    },
    error::Result,
};

/// A container on a network.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: String,
    pub address: Option<String>,
    pub aliases: Value,
}

/// All containers on a network, running or not: a stopped one could not start again once the network is gone.
pub async fn members(engine: &Engine, network: &str) -> Result<Vec<Member>> {
    let filters = json!({ "network": [network] }).to_string();
    let listed: Value = container::list(engine, true, Some(filters)).await?.json()?;
    let mut members = Vec::new();
    for id in listed.as_array().into_iter().flatten().filter_map(|container| container["Id"].as_str()) {
        let container: Value = match container::inspect(engine, id).await {
            Ok(answer) => answer.json()?,
            Err(error) if is_missing(&error) => continue,
            Err(error) => return Err(error),
        };
        let mut endpoints = container["NetworkSettings"]["Networks"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, endpoint)| endpoint);
        let Some(endpoint) = endpoints.find(|endpoint| endpoint["NetworkID"] == network) else { continue };
        let address = endpoint["IPAddress"].as_str().filter(|address| !address.is_empty());
        members.push(Member {
            id: id.to_owned(),
            address: address.map(str::to_owned),
            aliases: endpoint["Aliases"].clone(),
        });
    }
    Ok(members)
}

/// Connects containers with the addresses and aliases that they had.
pub async fn reconnect(engine: &Engine, network: &str, members: &[Member]) -> Result<()> {
    for member in members {
        let endpoint = json!({
            "IPAMConfig": member.address.as_ref().map(|address| json!({ "IPv4Address": address })),
            "Aliases": member.aliases,
        });
        match network::connect(engine, network, &member.id, &endpoint).await {
            Ok(_) => {}
            // It was removed meanwhile.
            Err(_) if container::find(engine, &member.id).await?.is_none() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
