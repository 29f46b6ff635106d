//! Networks of one task each.

use std::{collections::BTreeMap, fs, net::IpAddr, sync::Arc};

use hyper::Method;
use serde_json::{Value, json};

use super::{
    Manager, container, parse,
    pool::{self, Subnet},
    text,
};
use crate::{
    config::id::SandboxId,
    engine::{
        Address, Engine,
        http::{Request, segment},
    },
    error::{Code, Error, Result},
    hex::random_hex,
    label,
};
use calls::{Body, create, disconnect, inspect, list, members, remove};

mod calls;
mod isolate;

/// The value of the label of a task's network.
const TASK: &str = "task";

/// How many subnets are tried that another process took meanwhile.
const ATTEMPTS: usize = 64;

/// The engines that have a mode for networks without a gateway speak this version, or a later one.
const ISOLATES: (u32, u32) = (1, 48);

/// How a task's network is to be.
#[derive(Debug, Clone, Default)]
pub struct NetworkOptions {
    /// Whether nothing outside is reached.
    pub internal: bool,
    /// The name servers of its containers.
    pub dns: Vec<String>,
    /// Its addresses; free ones when not given.
    pub subnet: Option<String>,
}

/// Bytes received and sent by the members of a network over it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Received.
    pub received: u64,
    /// Sent.
    pub sent: u64,
    /// By how many containers.
    pub members: u64,
}

impl Manager {
    /// Makes a network for a task; its id.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; `CONFLICT` when the subnet is in use, or all of ours are; those of any call.
    pub async fn create_task_network(&self, task: &str, options: &NetworkOptions) -> Result<String> {
        let task = SandboxId::try_from(task.to_owned())
            .map_err(|error| Error::invalid("taskId", error.message().to_owned()))?;
        if let Some(server) = options.dns.iter().find(|server| server.parse::<IpAddr>().is_err()) {
            return Err(Error::invalid("dns", format!("dns takes IP addresses, not {server:?}")));
        }
        let given = options.subnet.as_deref().map(Subnet::parse).transpose()?;
        let engine = self.engine().await?;
        let random = random_hex().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let labels = BTreeMap::from([
            (label::NETWORK, TASK.to_owned()),
            (label::TASK, task.to_string()),
            (label::DNS, options.dns.join(",")),
        ]);
        let body = Body {
            name: format!("cofferdam-{task}-{random}"),
            labels: json!(labels),
            internal: options.internal,
            isolated: options.internal && self.isolates(&engine).await?,
        };
        if let Some(subnet) = given {
            return create(&engine, &body, &subnet.to_string(), Some(&subnet.gateway().to_string())).await;
        }
        let used = self.used(&engine).await?;
        let start = u32::from_str_radix(random.get(..4).unwrap_or("0"), 16).unwrap_or(0);
        let mut last = None;
        for subnet in pool::free(&used, start).take(ATTEMPTS) {
            match create(&engine, &body, &subnet.to_string(), Some(&subnet.gateway().to_string())).await {
                // Another process took it since, or it is one that only the engine's host knows.
                Err(error) if error.code() == Code::Conflict => last = Some(error),
                outcome => return outcome,
            }
        }
        Err(last.unwrap_or_else(|| Error::new(Code::Conflict, "all subnets for task networks are in use")))
    }

    /// Connects a container; `false` when it is connected already.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn connect_network(&self, id: &str, network: &str) -> Result<bool> {
        let engine = self.engine().await?;
        let network = self.network(&engine, network).await?;
        let path = format!("/networks/{}/connect", segment(&text(&network, "Id")?));
        let request = Request::new("connect a container", Method::POST, path);
        match engine.ask(request.json(&json!({ "Container": container(id)? })).long()).await {
            Ok(_) => Ok(true),
            Err(error) if error.message().contains("already exists in network") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Disconnects a container; `false` when it is not connected, or not there.
    ///
    /// # Errors
    /// `NOT_FOUND` for the network; those of any call.
    pub async fn disconnect_network(&self, id: &str, network: &str) -> Result<bool> {
        let engine = self.engine().await?;
        let network = self.network(&engine, network).await?;
        disconnect(&engine, &text(&network, "Id")?, container(id)?).await
    }

    /// Removes the networks of a task, whoever is connected; their ids.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_task_networks(&self, task: &str) -> Result<Vec<String>> {
        let engine = self.engine().await?;
        let mut removed = Vec::new();
        for network in self.task_networks(task).await? {
            let id = text(&network, "Id")?;
            for member in members(&engine, &id).await? {
                disconnect(&engine, &id, &member.id).await?;
            }
            if remove(&engine, &id).await? {
                removed.push(id);
            }
        }
        Ok(removed)
    }

    /// The networks of a task, as the engine says them, with their containers.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn task_networks(&self, task: &str) -> Result<Vec<Value>> {
        let engine = self.engine().await?;
        let listed = list(&engine, &format!("{}={task}", label::TASK)).await?;
        let mut networks = Vec::new();
        for network in listed {
            match inspect(&engine, &text(&network, "Id")?).await {
                Ok(network) => networks.push(network),
                // Removed since.
                Err(error) if error.code() == Code::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(networks)
    }

    /// What the members of a network have received and sent over it.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn traffic(&self, id: &str) -> Result<Traffic> {
        let engine = self.engine().await?;
        let network = self.network(&engine, id).await?;
        let subnet = network["IPAM"]["Config"][0]["Subnet"].as_str().and_then(Subnet::known);
        let mut traffic = Traffic::default();
        for member in network["Containers"].as_object().into_iter().flatten().map(|(id, _)| id) {
            let Some(found) = engine.find_container(member).await? else { continue };
            let local = matches!(engine.address(), Address::Socket(_));
            let counted = found
                .pid
                .filter(|_| local)
                .zip(subnet)
                .and_then(|(pid, subnet)| count(pid, &found.id, subnet));
            let counted = match counted {
                Some(counted) => Some(counted),
                // All its networks together, where nothing tells them apart.
                None => self.stats(member).await.ok().and_then(|stats| stats.network),
            };
            let (received, sent) = counted.unwrap_or_default();
            traffic.received += received;
            traffic.sent += sent;
            traffic.members += 1;
        }
        Ok(traffic)
    }

    /// The name servers of the containers on a network, as it was made with.
    pub(super) async fn network_dns(&self, network: &str) -> Result<Vec<String>> {
        let engine = self.engine().await?;
        let found = match self.network(&engine, network).await {
            Ok(found) => found,
            // The engine says it better when it makes the container.
            Err(error) if matches!(error.code(), Code::NotFound | Code::InvalidArgument) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let servers = found["Labels"][label::DNS].as_str().unwrap_or_default();
        Ok(servers.split(',').filter(|server| !server.is_empty()).map(str::to_owned).collect())
    }

    /// A network by name, by id, or by an id that it had before it was isolated.
    async fn network(&self, engine: &Engine, id: &str) -> Result<Value> {
        let id = container(id).map_err(|error| Error::invalid("networkId", error.message().to_owned()))?;
        match inspect(engine, id).await {
            Err(error) if error.code() == Code::NotFound => {
                let former = list(engine, label::FORMER).await?;
                let had = |network: &&Value| {
                    network["Labels"][label::FORMER]
                        .as_str()
                        .is_some_and(|ids| ids.split(',').any(|former| former == id))
                };
                match former.iter().find(had) {
                    Some(network) => inspect(engine, &text(network, "Id")?).await,
                    None => Err(error),
                }
            }
            outcome => outcome,
        }
    }

    /// What no new network may overlap.
    async fn used(&self, engine: &Arc<Engine>) -> Result<Vec<Subnet>> {
        let answer = engine.ask(Request::new("list networks", Method::GET, "/networks")).await?;
        let networks = parse(&answer.body)?;
        let configs = networks
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|network| network["IPAM"]["Config"].as_array());
        let of_engine = configs.flatten().filter_map(|config| Subnet::known(config["Subnet"].as_str()?));
        Ok(of_engine.chain(pool::routes()).collect())
    }

    async fn isolates(&self, engine: &Arc<Engine>) -> Result<bool> {
        let answer = engine.ask(Request::new("tell its version", Method::GET, "/version")).await?;
        let version = text(&parse(&answer.body)?, "ApiVersion")?;
        let parts = version
            .split_once('.')
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        Ok(parts.is_some_and(|version: (u32, u32)| version >= ISOLATES))
    }
}

/// Bytes received and sent by a process's interface on a subnet.
fn count(pid: i32, container: &str, subnet: Subnet) -> Option<(u64, u64)> {
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
    if !read("cgroup")?.contains(container) {
        return None;
    }
    let routes = read("net/route")?;
    let interface = pool::interface(&routes, subnet)?;
    let devices = read("net/dev")?;
    let (_, counts) =
        devices.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim() == interface)?;
    let counts: Vec<u64> = counts.split_whitespace().filter_map(|count| count.parse().ok()).collect();
    Some((*counts.first()?, *counts.get(8)?))
}
