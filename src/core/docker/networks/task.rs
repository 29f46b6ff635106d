use std::{collections::BTreeMap, net::IpAddr};

use serde_json::{Value, json};

use super::{
    create::{NewNetwork, create, has_isolated_mode},
    find::id_of,
    members::members,
};
use crate::{
    docker::{
        Manager, name,
        subnet::{self, Subnet},
    },
    engine::{Engine, api::network, is_missing},
    error::{Code, Error, Result},
    hex::random_hex,
    label,
};

/// The value of the label of a task's network.
const TASK: &str = "task";

/// How many subnets to try if other processes take them at the same time.
const ATTEMPTS: usize = 64;

/// Options for a task's network.
#[derive(Debug, Clone, Default)]
pub struct NetworkOptions {
    /// Whether its containers reach nothing outside.
    pub internal: bool,
    /// The name servers of its containers.
    pub dns: Vec<String>,
    /// Its subnet, such as `10.1.2.0/28`; an unused one if not set.
    pub subnet: Option<String>,
}

/// Creates a network for a task and returns its id.
///
/// # Errors
/// `INVALID_ARGUMENT`; `CONFLICT` if the subnet, or every subnet of the pool, is in use; those of any call.
pub async fn create_for_task(manager: &Manager, task: &str, options: &NetworkOptions) -> Result<String> {
    let task = name::task(task)?;
    if let Some(server) = options.dns.iter().find(|server| server.parse::<IpAddr>().is_err()) {
        return Err(Error::invalid("dns", format!("dns takes IP addresses, not {server:?}")));
    }
    let given = options.subnet.as_deref().map(Subnet::parse).transpose()?;
    let engine = manager.engine().await?;
    let random = random_hex::<6>().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let labels = BTreeMap::from([
        (label::NETWORK, TASK.to_owned()),
        (label::TASK, task.to_string()),
        (label::DNS, options.dns.join(",")),
    ]);
    let new = NewNetwork {
        name: format!("cofferdam-{task}-{random}"),
        labels: json!(labels),
        internal: options.internal,
        isolated_mode: options.internal && has_isolated_mode(&engine).await?,
    };
    if let Some(subnet) = given {
        return create_on(&engine, &new, subnet).await;
    }
    let used = used_subnets(&engine).await?;
    let start = u32::from_str_radix(random.get(..4).unwrap_or("0"), 16).unwrap_or(0);
    let mut last = None;
    for subnet in subnet::free(&used, start).take(ATTEMPTS) {
        match create_on(&engine, &new, subnet).await {
            // Another process took it meanwhile, or only the engine's host knows of it.
            Err(error) if error.code() == Code::Conflict => last = Some(error),
            outcome => return outcome,
        }
    }
    Err(last.unwrap_or_else(|| Error::new(Code::Conflict, "all subnets for task networks are in use")))
}

/// Removes the networks of a task, even with containers connected, and returns their ids.
///
/// # Errors
/// Those of any call.
pub async fn remove_of_task(manager: &Manager, task: &str) -> Result<Vec<String>> {
    let engine = manager.engine().await?;
    let mut removed = Vec::new();
    for network in of_task(manager, task).await? {
        let id = id_of(&network)?;
        for member in members(&engine, &id).await? {
            network::disconnect(&engine, &id, &member.id).await?;
        }
        if network::remove(&engine, &id).await? {
            removed.push(id);
        }
    }
    Ok(removed)
}

/// The networks of a task with their containers, as the engine describes them.
///
/// # Errors
/// Those of any call.
pub async fn of_task(manager: &Manager, task: &str) -> Result<Vec<Value>> {
    let engine = manager.engine().await?;
    let listed = network::list(&engine, Some(&format!("{}={task}", label::TASK))).await?;
    let mut networks = Vec::new();
    for network in listed {
        match network::inspect(&engine, &id_of(&network)?).await {
            Ok(network) => networks.push(network),
            // Removed meanwhile.
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(networks)
}

async fn create_on(engine: &Engine, new: &NewNetwork, subnet: Subnet) -> Result<String> {
    create(engine, new, &subnet.to_string(), Some(&subnet.gateway().to_string())).await
}

/// The subnets that a new network must not overlap: those of the engine's networks, and those this machine routes to.
async fn used_subnets(engine: &Engine) -> Result<Vec<Subnet>> {
    let networks = network::list(engine, None).await?;
    let configs = networks.iter().filter_map(|network| network["IPAM"]["Config"].as_array());
    let of_engine = configs.flatten().filter_map(|config| Subnet::known(config["Subnet"].as_str()?));
    Ok(of_engine.chain(subnet::routes()).collect())
}
