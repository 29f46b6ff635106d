use std::collections::HashMap;

use serde_json::Value;

use super::state::State;
use crate::{
    engine::api::fields::{id, number, pairs, text, texts},
    error::Result,
};

/// The period over which CPU time is shared out, in microseconds. With the engine's default of 100 ms, a container
/// with half a CPU stalls for 50 ms once it has used its share; with 20 ms, for 10 ms.
pub const CPU_PERIOD: i64 = 20_000;

/// The limits that can be changed while a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory, in bytes. Swap is not added to it.
    pub memory: i64,
    /// CPU time, in microseconds per [`CPU_PERIOD`].
    pub cpu_quota: i64,
    /// The number of processes and threads.
    pub pids: i64,
}

/// A container, as inspected.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: State,
    /// Its labels.
    pub labels: HashMap<String, String>,
    /// Its limits.
    pub limits: Limits,
    /// The name of its image, as given when it was created.
    pub image: String,
    /// The id of its image.
    pub image_id: String,
    /// The networks in its settings, by name or id.
    pub networks: Vec<String>,
    /// The time of its creation, in RFC 3339.
    pub created: String,
    /// The PID of its first process on the engine's machine, while it runs.
    pub pid: Option<i32>,
    /// The exit code of its first process, once it has ended.
    pub exit_code: Option<i64>,
    /// Whether the kernel has killed any process of it for memory since its last start.
    pub oom_killed: bool,
    /// Why its last start failed, in the runtime's words; empty if it did not.
    pub failure: String,
}

/// A container, as listed.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its names, each with a leading slash.
    pub names: Vec<String>,
    /// Its state.
    pub state: State,
    /// The name of its image.
    pub image: String,
    /// Its labels.
    pub labels: HashMap<String, String>,
    /// The time of its creation, in seconds since 1970.
    pub created: i64,
}

#[cfg(test)]
mod tests;

impl Limits {
    /// The number of CPUs; 0.5 is half of one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "quotas are far below 2^52")]
    pub fn cpus(self) -> f64 {
        self.cpu_quota as f64 / CPU_PERIOD as f64
    }
}

impl Container {
    /// Reads the engine's description.
    ///
    /// # Errors
    /// `ENGINE_ERROR` if it has no id.
    pub fn read(description: &Value) -> Result<Self> {
        let (state, config) = (&description["State"], &description["Config"]);
        let networks = description["NetworkSettings"]["Networks"].as_object();
        let pid = number(&state["Pid"]).and_then(|pid| i32::try_from(pid).ok());
        Ok(Self {
            id: id(description)?,
            state: State::inspected(state),
            labels: pairs(&config["Labels"]),
            limits: Limits::read(&description["HostConfig"]),
            image: text(&config["Image"]),
            image_id: text(&description["Image"]),
            networks: networks.into_iter().flatten().map(|(name, _)| name.clone()).collect(),
            created: text(&description["Created"]),
            pid: pid.filter(|pid| *pid > 0),
            exit_code: number(&state["ExitCode"]),
            oom_killed: state["OOMKilled"] == true,
            failure: text(&state["Error"]),
        })
    }
}

impl Listed {
    /// Reads the engine's list. Entries without an id are left out, because nothing can be done with them.
    #[must_use]
    pub fn read(list: &[Value]) -> Vec<Self> {
        let entry = |entry: &Value| {
            Some(Self {
                id: id(entry).ok()?,
                names: texts(&entry["Names"]),
                state: State::listed(entry),
                image: text(&entry["Image"]),
                labels: pairs(&entry["Labels"]),
                created: number(&entry["Created"]).unwrap_or_default(),
            })
        };
        list.iter().filter_map(entry).collect()
    }
}

impl Limits {
    fn read(config: &Value) -> Self {
        let limit = |name: &str| number(&config[name]).unwrap_or_default();
        Self { memory: limit("Memory"), cpu_quota: limit("CpuQuota"), pids: limit("PidsLimit") }
    }
}
