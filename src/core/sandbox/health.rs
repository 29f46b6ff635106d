//! Whether a sandbox is healthy.

use std::time::Duration;

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
    (health.memory, health.pids) = (memory(&live.link).await?, pids(&live.link).await?);
    Ok(())
}

fn is_nearly_full(usage: Usage) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the share need not be exact")]
    let share = usage.used as f64 / usage.limit as f64;
    share >= NEARLY
}

/// Memory as the container's cgroup counts it, version 2 or 1.
async fn memory(link: &Link) -> Result<Option<Usage>> {
    if let Some(usage) = usage(link, "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max").await? {
        return without_cache(link, usage, "/sys/fs/cgroup/memory.stat", "inactive_file").await;
    }
    let directory = "/sys/fs/cgroup/memory";
    let files = ["memory.usage_in_bytes", "memory.limit_in_bytes"].map(|name| format!("{directory}/{name}"));
    match usage(link, &files[0], &files[1]).await? {
        Some(usage) => {
            without_cache(link, usage, "/sys/fs/cgroup/memory/memory.stat", "total_inactive_file").await
        }
        None => Ok(None),
    }
}

async fn pids(link: &Link) -> Result<Option<Usage>> {
    match usage(link, "/sys/fs/cgroup/pids.current", "/sys/fs/cgroup/pids.max").await? {
        None => usage(link, "/sys/fs/cgroup/pids/pids.current", "/sys/fs/cgroup/pids/pids.max").await,
        usage => Ok(usage),
    }
}

async fn without_cache(link: &Link, usage: Usage, file: &str, name: &str) -> Result<Option<Usage>> {
    let stat = text(link, file).await?.unwrap_or_default();
    let cache = stat.lines().filter_map(|line| line.split_once(' ')).find(|(key, _)| *key == name);
    let cache = cache.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    Ok(Some(Usage { used: usage.used.saturating_sub(cache), ..usage }))
}

/// `None` if the file does not exist or there is no limit.
async fn usage(link: &Link, used: &str, limit: &str) -> Result<Option<Usage>> {
    let (Some(used), Some(limit)) = (text(link, used).await?, text(link, limit).await?) else {
        return Ok(None);
    };
    Ok(used.trim().parse().ok().zip(limit.trim().parse().ok()).map(|(used, limit)| Usage { used, limit }))
}

async fn text(link: &Link, path: &str) -> Result<Option<String>> {
    match file::read(link, path).await {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.code() == Code::FileError => Ok(None),
        Err(error) => Err(error),
    }
}
