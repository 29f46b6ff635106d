use std::collections::HashMap;

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary, HostConfig};

/// The period over which CPU time is shared out, in microseconds. With the engine's default of 100 ms, a container
/// with half a CPU stalls for 50 ms once it has used its share; with 20 ms, for 10 ms.
pub const CPU_PERIOD: i64 = 20_000;

/// The state of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Created, but never started.
    Created,
    /// Running or restarting.
    Running,
    /// All its processes are frozen.
    Paused,
    /// Its first process has ended.
    Exited,
    /// Being removed, or broken.
    Gone,
}

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

impl State {
    fn parse(text: &str) -> Self {
        match text {
            "created" => Self::Created,
            "running" | "restarting" => Self::Running,
            "paused" => Self::Paused,
            "exited" => Self::Exited,
            _ => Self::Gone,
        }
    }

    /// Whether it has processes, running or frozen.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// The state's name in JavaScript.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Exited => "exited",
            Self::Gone => "gone",
        }
    }
}

impl Limits {
    /// The number of CPUs; 0.5 is half of one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "quotas are far below 2^52")]
    pub fn cpus(self) -> f64 {
        self.cpu_quota as f64 / CPU_PERIOD as f64
    }
}

impl From<ContainerInspectResponse> for Container {
    fn from(response: ContainerInspectResponse) -> Self {
        let state = response.state.unwrap_or_default();
        let config = response.config.unwrap_or_default();
        let networks = response.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        Self {
            id: response.id.unwrap_or_default(),
            state: State::parse(state.status.unwrap_or(ContainerStateStatusEnum::EMPTY).as_ref()),
            labels: config.labels.unwrap_or_default(),
            limits: Limits::from(response.host_config.unwrap_or_default()),
            image: config.image.unwrap_or_default(),
            networks: networks.into_keys().collect(),
            created: response.created.unwrap_or_default(),
            pid: state.pid.and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0),
            exit_code: state.exit_code,
            oom_killed: state.oom_killed.unwrap_or_default(),
        }
    }
}

impl From<ContainerSummary> for Listed {
    fn from(summary: ContainerSummary) -> Self {
        Self {
            id: summary.id.unwrap_or_default(),
            names: summary.names.unwrap_or_default(),
            state: summary.state.map_or(State::Gone, |state| State::parse(state.as_ref())),
            image: summary.image.unwrap_or_default(),
            labels: summary.labels.unwrap_or_default(),
            created: summary.created.unwrap_or_default(),
        }
    }
}

impl From<HostConfig> for Limits {
    fn from(config: HostConfig) -> Self {
        Self {
            memory: config.memory.unwrap_or_default(),
            cpu_quota: config.cpu_quota.unwrap_or_default(),
            pids: config.pids_limit.unwrap_or_default(),
        }
    }
}
