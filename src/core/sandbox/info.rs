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
    /// User and group id of commands.
    pub user: String,
    /// Whether the network is there.
    pub network: bool,
    /// The build of the agent.
    pub agent: String,
}
