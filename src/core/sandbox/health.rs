//! Whether a sandbox is healthy.

use std::time::Duration;

use cofferdam_cgroup::{File, Version, memory_limit, memory_used, pids, pids_limit};
use tokio::time::{Instant, timeout};

use super::info;
use crate::{
    container::{Connection, find::find},
    engine::container::State,
    error::{Code, Result},
    link::{Link, file},
    workspace::limit::{DiskInfo, Usage},
};

/// How long an agent may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The share of a limit from which on its use is a problem.
const NEARLY: f64 = 0.95;

/// How a sandbox is. One that does not run has no problems.
#[derive(Debug, Clone)]
pub struct Health {
    /// The state of its container; `None` when it has none.
    pub state: Option<State>,
    /// How long its agent took to answer; `None` when it does not run or did not answer.
    pub agent: Option<Duration>,
    /// Memory in bytes, without caches that the kernel can reclaim at once.
    pub memory: Option<Usage>,
    /// Processes and threads, including the agent's.
    pub pids: Option<Usage>,
    /// Files in the workspace, in bytes; `None` without a limit.
    pub disk: Option<Usage>,
    /// What is wrong: `agent`, `memory`, `pids`, `disk`, `paused`.
    pub problems: Vec<&'static str>,
}

/// Examines a sandbox without starting it.
///
/// # Errors
/// `CLOSED`; `FILE_ERROR`; those of any call.
pub async fn health(connection: &Connection) -> Result<Health> {
    let state =
        connection.unless_closed(find(connection.definition())).await?.map(|container| container.state);
    let mut health =
        Health { state, agent: None, memory: None, pids: None, disk: None, problems: Vec::new() };
    match state {
        Some(State::Running) => {}
        Some(State::Paused) => {
            health.problems.push("paused");
            return Ok(health);
        }
        _ => return Ok(health),
    }
    let begun = Instant::now();
    match timeout(PATIENCE, look(connection, &mut health)).await {
        Ok(Ok(())) => health.agent = Some(begun.elapsed()),
        Ok(Err(error)) if error.code() == Code::Closed => return Err(error),
        Ok(Err(_)) | Err(_) => health.problems.push("agent"),
    }
    let DiskInfo { limit, used, .. } = info::disk(connection, health.agent.is_some()).await?;
    health.disk = limit.zip(used).map(|(limit, used)| Usage { used, limit });
    for (name, usage) in [("memory", health.memory), ("pids", health.pids), ("disk", health.disk)] {
        if usage.is_some_and(is_nearly_full) {
            health.problems.push(name);
        }
    }
    Ok(health)
}

async fn look(connection: &Connection, health: &mut Health) -> Result<()> {
    let live = connection.unless_closed(connection.get()).await?;
    (health.memory, health.pids) = (memory(&live.link).await?, processes(&live.link).await?);
    Ok(())
}

fn is_nearly_full(usage: Usage) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the share need not be exact")]
    let share = usage.used as f64 / usage.limit as f64;
    share >= NEARLY
}

/// Memory as the container's own cgroup counts it; `None` without a limit.
async fn memory(link: &Link) -> Result<Option<Usage>> {
    for version in Version::ALL {
        let (Some(usage), Some(limit)) =
            (text(link, File::MemoryUsage, version).await?, text(link, File::MemoryLimit, version).await?)
        else {
            continue;
        };
        let stat = text(link, File::MemoryStat, version).await?.unwrap_or_default();
        let (used, limit) = (memory_used(version, &usage, &stat), memory_limit(version, &limit));
        if let Some((used, limit)) = used.zip(limit) {
            return Ok(Some(Usage { used, limit }));
        }
    }
    Ok(None)
}

/// Processes and threads as the container's own cgroup counts them; `None` without a limit.
async fn processes(link: &Link) -> Result<Option<Usage>> {
    for version in Version::ALL {
        let (Some(current), Some(limit)) =
            (text(link, File::Pids, version).await?, text(link, File::PidsLimit, version).await?)
        else {
            continue;
        };
        if let Some((used, limit)) = pids(&current).zip(pids_limit(&limit)) {
            return Ok(Some(Usage { used, limit }));
        }
    }
    Ok(None)
}

/// The text of a file of the container's cgroup; `None` if it does not exist.
async fn text(link: &Link, file: File, version: Version) -> Result<Option<String>> {
    match file::read(link, &file.in_container(version).as_str().into()).await {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.code() == Code::FileError => Ok(None),
        Err(error) => Err(error),
    }
}
