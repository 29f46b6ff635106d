//! What containers use.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use hyper::Method;
use serde_json::Value;
use tokio::time::sleep;

use super::{Manager, container, parse};
use crate::{
    engine::{
        Address, Engine,
        container::State,
        http::{Request, segment},
    },
    error::{Code, Error, Result},
};

mod cgroup;

/// The window of a first look at the processors, which nothing came before.
const WINDOW: Duration = Duration::from_millis(25);

/// How many containers' last samples are kept.
const MAX_SAMPLES: usize = 4096;

/// What a container uses at the moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// Of one processor, in percent; 200 is two of them. Since the last look at the container, if there was one.
    pub cpu_percent: f64,
    /// Memory in bytes, without what the kernel could take back at once.
    pub memory_used: u64,
    /// The limit on it.
    pub memory_limit: Option<u64>,
    /// Processes and threads.
    pub pids: u64,
    /// The limit on them.
    pub pids_limit: Option<u64>,
    /// Bytes received and sent over all networks; `None` where this process may not look.
    pub network: Option<(u64, u64)>,
    /// Bytes read from and written to block devices.
    pub block: (u64, u64),
    /// Whether it comes from the engine, which takes a second, and not from the cgroup.
    pub from_engine: bool,
}

/// How much processor time was used, and when that was looked at.
#[derive(Debug, Clone, Copy)]
struct Sample {
    used: Duration,
    at: SystemTime,
}

/// The last samples, so that the next look needs no window.
#[derive(Debug, Default)]
pub struct Samples(Mutex<HashMap<String, Sample>>);

impl Manager {
    /// What a running container uses: of its cgroup where this process can read that, else of the engine.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` when it does not run; those of any call.
    pub async fn stats(&self, id: &str) -> Result<Stats> {
        let engine = self.engine().await?;
        let name = container(id)?;
        let found = engine.find_container(name).await?;
        let found = found.ok_or_else(|| {
            Error::new(Code::NotFound, format!("there is no container {name}")).detail("id", name)
        })?;
        if !matches!(found.state, State::Running | State::Paused) {
            return Err(Error::new(Code::Conflict, format!("the container {name} does not run"))
                .detail("state", found.state.as_str()));
        }
        if let (Address::Socket(_), Some(pid)) = (engine.address(), found.pid)
            && let Some(group) = cgroup::Cgroup::of(pid, &found.id)
            && let Some(stats) = self.of_cgroup(&group, &found.id).await
        {
            return Ok(stats);
        }
        self.of_engine(&engine, name).await
    }

    async fn of_cgroup(&self, group: &cgroup::Cgroup, id: &str) -> Option<Stats> {
        let before = if let Some(sample) = self.samples.take(id) {
            sample
        } else {
            let sample = Sample { used: group.cpu_time()?, at: SystemTime::now() };
            sleep(WINDOW).await;
            sample
        };
        let now = Sample { used: group.cpu_time()?, at: SystemTime::now() };
        self.samples.keep(id, now);
        let passed = now.at.duration_since(before.at).unwrap_or_default().as_secs_f64();
        let used = now.used.saturating_sub(before.used).as_secs_f64();
        let cpu_percent = if passed > 0.0 { used / passed * 100.0 } else { 0.0 };
        Some(Stats { cpu_percent, ..group.stats()? })
    }

    async fn of_engine(&self, engine: &Engine, name: &str) -> Result<Stats> {
        // Not `one-shot`: that leaves out the sample before, and takes as long here.
        let path = format!("/containers/{}/stats", segment(name));
        let request = Request::new("measure a container", Method::GET, path).query("stream", false).long();
        Ok(from_engine(&parse(&engine.ask(request).await?.body)?))
    }
}

impl Samples {
    fn take(&self, id: &str) -> Option<Sample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    fn keep(&self, id: &str, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Containers that are gone are never looked at again.
        if samples.len() >= MAX_SAMPLES {
            samples.clear();
        }
        samples.insert(id.to_owned(), sample);
    }
}

/// Docker's own arithmetic, on cgroups of version 1 and 2.
fn from_engine(stats: &Value) -> Stats {
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
        // The engine's way to say that there is none.
        pids_limit: number("/pids_stats/limit").filter(|limit| *limit > 0 && *limit < u64::MAX),
        network: Some((sum("rx_bytes"), sum("tx_bytes"))),
        block: (block("read"), block("write")),
        from_engine: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_engines_figures_are_read_as_its_own_client_does() {
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
