/// A sandbox that runs.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its container's id.
    pub container_id: String,
    /// `bind` or `volume`.
    pub workspace_kind: &'static str,
    /// The directory on the host, or the volume's name.
    pub workspace: String,
}

/// How much the files of a sandbox may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskInfo {
    /// The most, in bytes; `None` when there is no limit.
    pub limit: Option<u64>,
    /// What they take, in bytes, where that is known without counting.
    pub used: Option<u64>,
    /// What keeps them within it: `hard`, `soft` or `none`.
    pub enforcement: &'static str,
}

/// What is used of what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// What is used.
    pub used: u64,
    /// What there is.
    pub limit: u64,
}

/// What a sandbox is at the moment.
#[derive(Debug, Clone)]
pub struct Info {
    /// Its id.
    pub id: String,
    /// Its container's id.
    pub container_id: String,
    /// `created`, `running`, `paused`, `exited` or `gone`.
    pub state: &'static str,
    /// The image's name.
    pub image: String,
    /// When the container was made, in RFC 3339.
    pub created: String,
    /// `bind` or `volume`.
    pub workspace_kind: &'static str,
    /// The directory on the host, or the volume's name.
    pub workspace: String,
    /// Memory in bytes.
    pub memory: i64,
    /// Processors.
    pub cpus: f64,
    /// Processes that commands may have.
    pub pids: u32,
    /// How much its files may take.
    pub disk: DiskInfo,
    /// User and group id of commands.
    pub user: String,
    /// Whether the network is there.
    pub network: bool,
    /// The build of the agent.
    pub agent: String,
}
