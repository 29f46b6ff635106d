use std::fs;

use super::find::find;
use crate::{
    docker::{
        Manager, stats,
        subnet::{self, Subnet},
    },
    engine::{Address, api::container},
    error::Result,
};

/// The traffic of a network's containers over it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
    /// The number of containers.
    pub members: u64,
}

/// Counts the traffic of a network's containers over it.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn traffic(manager: &Manager, id: &str) -> Result<Traffic> {
    let engine = manager.engine().await?;
    let network = find(&engine, id).await?.description;
    let subnet = network["IPAM"]["Config"][0]["Subnet"].as_str().and_then(Subnet::known);
    let is_local = matches!(engine.address(), Address::Socket(_));
    let mut traffic = Traffic::default();
    for member in network["Containers"].as_object().into_iter().flatten().map(|(id, _)| id) {
        let Some(found) = container::find(&engine, member).await? else { continue };
        let pid = found.pid.filter(|_| is_local);
        let counted = match pid.zip(subnet).and_then(|(pid, subnet)| count(pid, &found.id, subnet)) {
            Some(counted) => Some(counted),
            // The engine counts all networks of a container together.
            None => stats::measure(manager, member).await.ok().and_then(|stats| stats.network),
        };
        let (received, sent) = counted.unwrap_or_default();
        traffic.received += received;
        traffic.sent += sent;
        traffic.members += 1;
    }
    Ok(traffic)
}

/// Bytes received and sent by a process's interface on a subnet.
fn count(pid: i32, container: &str, subnet: Subnet) -> Option<(u64, u64)> {
    let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
    if !read("cgroup")?.contains(container) {
        return None;
    }
    let routes = read("net/route")?;
    let interface = subnet::interface(&routes, subnet)?;
    let devices = read("net/dev")?;
    let (_, counts) =
        devices.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.trim() == interface)?;
    let counts: Vec<u64> = counts.split_whitespace().filter_map(|count| count.parse().ok()).collect();
    Some((*counts.first()?, *counts.get(8)?))
}
