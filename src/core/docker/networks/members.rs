use serde_json::{Value, json};

use crate::{
    engine::{
        Engine,
        api::{container, network, system},
        is_missing,
    },
    error::{Code, Error, Result},
};

/// The first API version of engines that look up a container's network mode when it is connected.
const LOOKS_UP_MODE: (u32, u32) = (1, 44);

/// A container on a network.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: String,
    pub address: Option<String>,
    pub aliases: Value,
    /// The network that it was created with, by name or id.
    pub mode: String,
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
            mode: container["HostConfig"]["NetworkMode"].as_str().unwrap_or_default().to_owned(),
        });
    }
    Ok(members)
}

/// Makes sure that containers of a network can be connected to the one that takes its place. Newer engines then look up what a
/// container was created with: an id means nothing any more.
///
/// # Errors
/// `CONFLICT` with `details.containers`; those of any call.
pub async fn require_names(engine: &Engine, network: &str, members: &[Member]) -> Result<()> {
    let stuck: Vec<Value> =
        members.iter().filter(|member| member.keeps_id()).map(|member| json!(member.id)).collect();
    if stuck.is_empty() || system::api_version(engine).await? < LOOKS_UP_MODE {
        return Ok(());
    }
    let message = format!(
        "containers of the network {network} were created with its id, and this engine could not connect them again"
    );
    Err(Error::new(Code::Conflict, message)
        .hint("create them again with the network's name, as DockerManager does")
        .detail("containers", stuck))
}

/// Connects containers with the addresses and aliases that they had: all that can be.
///
/// # Errors
/// The first failure.
pub async fn reconnect(engine: &Engine, network: &str, members: &[Member]) -> Result<()> {
    let mut failure = None;
    for member in members {
        let endpoint = json!({
            "IPAMConfig": member.address.as_ref().map(|address| json!({ "IPv4Address": address })),
            "Aliases": member.aliases,
        });
        match network::connect(engine, network, &member.id, &endpoint).await {
            Ok(_) => {}
            // It was removed meanwhile.
            Err(_) if container::find(engine, &member.id).await?.is_none() => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(()), Err)
}

impl Member {
    /// Whether it was created with an id: 12 hexadecimal digits or more. Names of networks that look like one are as good as ids.
    fn keeps_id(&self) -> bool {
        self.mode.len() >= 12 && self.mode.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}
