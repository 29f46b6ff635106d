//! The resources that containers use.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::sleep;

use super::{
    Manager,
    cpu_samples::{Sample, Samples},
    name,
};
use crate::{
    engine::{Address, api::container},
    error::{Code, Error, Result},
};

mod cgroup;

/// The time between the two samples of CPU time that a first measurement takes.
const WINDOW: Duration = Duration::from_millis(25);

/// The resources that a container uses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// CPU use since the last measurement, in percent of one CPU; 200 is two CPUs.
    pub cpu_percent: f64,
    /// Memory in bytes, without caches that the kernel can reclaim.
    pub memory_used: u64,
    /// The limit of memory, in bytes.
    pub memory_limit: Option<u64>,
    /// The number of processes and threads.
    pub pids: u64,
    /// The limit of processes and threads.
    pub pids_limit: Option<u64>,
    /// Bytes received and sent over all networks; `None` if this process can't read them.
    pub network: Option<(u64, u64)>,
    /// Bytes read from and written to block devices.
    pub block: (u64, u64),
    /// Whether the engine measured it, which takes a second, and not this process in the cgroup.
    pub from_engine: bool,
}

/// Measures a running container: from its cgroup if this process can read it, else through the engine.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if it is not running; those of any call.
pub async fn measure(manager: &Manager, id: &str) -> Result<Stats> {
    let engine = manager.engine().await?;
    let id = name::container(id)?;
    let found = container::find(&engine, id).await?.ok_or_else(|| {
        Error::new(Code::NotFound, format!("the container {id} does not exist")).detail("id", id)
    })?;
    if !found.state.is_up() {
        return Err(Error::new(Code::Conflict, format!("the container {id} is not running"))
            .detail("state", found.state.as_str()));
    }
    if let (Address::Socket(_), Some(pid)) = (engine.address(), found.pid)
        && let Some(group) = cgroup::Cgroup::of(pid, &found.id)
        && let Some(stats) = from_cgroup(manager.samples(), &group, &found.id).await
    {
        return Ok(stats);
    }
    Ok(from_engine(&container::stats(&engine, id).await?))
}

async fn from_cgroup(samples: &Samples, group: &cgroup::Cgroup, id: &str) -> Option<Stats> {
    let before = if let Some(sample) = samples.take(id) {
        sample
    } else {
        let sample = Sample { used: group.cpu_time()?, at: SystemTime::now() };
        sleep(WINDOW).await;
        sample
    };
    let now = Sample { used: group.cpu_time()?, at: SystemTime::now() };
    samples.keep(id, now);
    let passed = now.at.duration_since(before.at).unwrap_or_default().as_secs_f64();
    let used = now.used.saturating_sub(before.used).as_secs_f64();
    let cpu_percent = if passed > 0.0 { used / passed * 100.0 } else { 0.0 };
    Some(Stats { cpu_percent, ..group.stats()? })
}

/// Docker's own arithmetic, for cgroup v1 and v2.
pub(crate) fn from_engine(stats: &Value) -> Stats {
    let number = |path: &str| stats.pointer(path).and_then(Value::as_u64);
    let difference = |path: &str| {
        number(&format!("/cpu_stats{path}"))
            .unwrap_or(0)
            .saturating_sub(number(&format!("/precpu_stats{path}")).unwrap_or(0))
    };
    let (used, passed) = (difference("/cpu_usage/total_usage"), difference("/system_cpu_usage"));
    let processors = number("/cpu_stats/online_cpus").unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
    let cpu_percent = if passed > 0 { used as f64 / passed as f64 * processors as f64 * 100.0 } else { 0.0 };
    let memory = number("/memory_stats/usage").unwrap_or(0);
    let cache = number("/memory_stats/stats/total_inactive_file")
        .or_else(|| number("/memory_stats/stats/inactive_file"));
    let networks = stats.get("networks").and_then(Value::as_object);
    let sum = |name: &str| -> u64 {
        networks.into_iter().flatten().filter_map(|(_, network)| network.get(name)?.as_u64()).sum()
    };
    let blocks = stats.pointer("/blkio_stats/io_service_bytes_recursive").and_then(Value::as_array);
    let block = |name: &str| -> u64 {
        let named = |entry: &&Value| entry["op"].as_str().is_some_and(|op| op.eq_ignore_ascii_case(name));
        blocks.into_iter().flatten().filter(named).filter_map(|entry| entry["value"].as_u64()).sum()
    };
    Stats {
        cpu_percent,
        memory_used: memory.saturating_sub(cache.unwrap_or(0)),
        memory_limit: number("/memory_stats/limit"),
        pids: number("/pids_stats/current").unwrap_or(0),
        // The engine reports no limit as the largest number.
        pids_limit: number("/pids_stats/limit").filter(|limit| *limit > 0 && *limit < u64::MAX),
        // The engine reports none for a container in the network of its host.
        network: networks.map(|_| (sum("rx_bytes"), sum("tx_bytes"))),
        block: (block("read"), block("write")),
        from_engine: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_engines_figures_are_computed_as_dockers_client_does() {
        let stats = from_engine(&json!({
            "cpu_stats": { "cpu_usage": { "total_usage": 3_000_000 }, "system_cpu_usage": 20_000_000, "online_cpus": 2 },
            "precpu_stats": { "cpu_usage": { "total_usage": 1_000_000 }, "system_cpu_usage": 10_000_000 },
            "memory_stats": { "usage": 1000, "limit": 5000, "stats": { "inactive_file": 100 } },
            "pids_stats": { "current": 3, "limit": u64::MAX },
            "networks": { "eth0": { "rx_bytes": 1, "tx_bytes": 2 }, "eth1": { "rx_bytes": 10, "tx_bytes": 20 } },
            "blkio_stats": { "io_service_bytes_recursive": [{ "op": "Read", "value": 5 }, { "op": "write", "value": 7 }] },
        }));
        let expected = Stats {
            cpu_percent: 40.0,
            memory_used: 900,
            memory_limit: Some(5000),
            pids: 3,
            pids_limit: None,
            network: Some((11, 22)),
            block: (5, 7),
            from_engine: true,
        };
        assert_eq!(stats, expected);
    }
}
