//! What a sandbox is at the moment.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    config::options::Network,
    container::{Connection, find::find},
    engine::container::State,
    error::{Code, Error, Result},
    firewall::HostAccess,
    label,
    link::file,
    site::Definition,
    workspace::{Workspace, limit::DiskInfo},
};

/// How long counting the files may take.
const COUNTING: Duration = Duration::from_secs(2);

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

/// Whether the packet filter keeps a sandbox from what it should not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isolation {
    /// Whether the metadata addresses of clouds are out of reach.
    pub metadata: bool,
    /// Whether the services of the host are out of reach.
    pub host: bool,
}

/// A sandbox that has a container.
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
    /// The id of the image that the container was made from.
    pub image_id: String,
    /// When the container was created, in RFC 3339.
    pub created: String,
    /// `bind` or `volume`.
    pub workspace_kind: &'static str,
    /// The directory on the host, or the volume's name.
    pub workspace: String,
    /// Memory in bytes.
    pub memory: i64,
    /// Processors.
    pub cpus: f64,
    /// How many processes and threads commands may have.
    pub pids: u32,
    /// How much its files may take.
    pub disk: DiskInfo,
    /// User and group id of commands.
    pub user: String,
    /// Whether it has network access.
    pub network: bool,
    /// What it can't reach.
    pub isolation: Isolation,
    /// The seccomp profile of its container: `cofferdam` or `engine`.
    pub seccomp: &'static str,
    /// The build of the agent.
    pub agent: String,
}

/// What a sandbox is at the moment.
///
/// # Errors
/// `NOT_FOUND` when it has no container; `FILE_ERROR`; those of any call.
pub async fn info(connection: &Connection) -> Result<Info> {
    let definition = connection.definition();
    let container = connection.unless_closed(find(definition)).await?.ok_or_else(|| {
        Error::new(Code::NotFound, format!("the sandbox {} has no container", definition.id))
    })?;
    let (engine, directory) = definition.site.open().await?;
    let label = container.labels.get(label::WORKSPACE);
    let workspace = Workspace::from_label(&directory, &definition.id, label);
    let isolation = connection.unless_closed(isolation(definition, &container.networks)).await?;
    let options = &definition.options;
    let ids = definition.ids(&engine, &directory).await?;
    Ok(Info {
        id: definition.id.to_string(),
        container_id: container.id,
        state: container.state.as_str(),
        image: container.image,
        image_id: container.image_id,
        created: container.created,
        workspace_kind: workspace.label(),
        workspace: workspace.location(),
        memory: container.limits.memory,
        cpus: container.limits.cpus(),
        pids: options.pids,
        disk: disk(connection, container.state == State::Running).await?,
        user: format!("{}:{}", ids.uid, ids.gid),
        network: options.network == Network::Enabled,
        isolation,
        seccomp: if container.labels.contains_key(label::SECCOMP) { "engine" } else { "cofferdam" },
        agent: container.labels.get(label::AGENT).cloned().unwrap_or_default(),
    })
}

/// What a sandbox with these networks can't reach.
async fn isolation(definition: &Definition, networks: &[String]) -> Result<Isolation> {
    let options = &definition.options;
    if options.network == Network::None {
        return Ok(Isolation { metadata: true, host: true });
    }
    let engine = definition.site.engine().await?;
    let features = definition.site.features(&engine).await?;
    let guarded = engine.is_guarded(networks, options.host, features).await?;
    Ok(Isolation { metadata: guarded, host: guarded && options.host == HostAccess::Deny })
}

/// How much the files of a sandbox may take, and how much they take if it runs.
///
/// # Errors
/// `FILE_ERROR`.
pub async fn disk(connection: &Connection, runs: bool) -> Result<DiskInfo> {
    let definition = connection.definition();
    let directory = definition.site.directory().await?;
    let info = DiskInfo::of(&definition.options, &directory, &definition.id)?;
    if !runs || info.enforcement != "soft" {
        return Ok(info);
    }
    let counted = async {
        let live = connection.unless_closed(connection.get()).await?;
        file::usage(&live.link).await
    };
    // Unknown if counting takes too long.
    let counted = timeout(COUNTING, counted).await;
    Ok(DiskInfo { used: counted.ok().and_then(Result::ok), ..info })
}
