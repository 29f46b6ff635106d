//! The rules: what becomes of a container, and from what age on something counts as left over.

use std::time::{Duration, SystemTime};

use super::policy::Policy;
use crate::{
    config::id::SandboxId,
    container::{find::sandbox_id, rescue::is_quarantined},
    engine::container::{Listed, State},
    label,
};

/// A container that fills a volume exists for seconds: an older one was left by a process that died. So was an older one
/// that could not be killed.
const HELPER_AGE: Duration = Duration::from_mins(10);

/// How long an image, a volume or a temporary file may exist before its first use.
pub const FRESH: Duration = Duration::from_hours(1);

/// A task's network is removed by its owner. After this long without a container, it no longer has an owner.
pub const ABANDONED: Duration = Duration::from_hours(7 * 24);

/// What should become of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays.
    Keep,
    /// It no longer belongs to a sandbox and is removed.
    RemoveLeftover,
    /// Its sandbox is idle and is stopped.
    Stop(SandboxId),
    /// Its sandbox has expired, and the container is removed.
    Remove(SandboxId),
}

/// Judges a container. `last_activity` is when its sandbox was last used, if that is known.
pub fn judge(
    container: &Listed,
    policy: Policy,
    last_activity: impl FnOnce(&SandboxId) -> Option<SystemTime>,
) -> Verdict {
    let Some(id) = sandbox_id(container).filter(|_| !is_quarantined(container)) else {
        return if age(container) < HELPER_AGE { Verdict::Keep } else { Verdict::RemoveLeftover };
    };
    let unused = last_activity(&id).map_or_else(|| age(container), elapsed);
    let exceeds = |limit: Option<Duration>| limit.is_some_and(|limit| unused >= limit);
    match container.state {
        State::Running | State::Paused if exceeds(policy.idle) => Verdict::Stop(id),
        State::Created | State::Exited if exceeds(policy.expired) => Verdict::Remove(id),
        _ => Verdict::Keep,
    }
}

/// What a container is called in reports: by its sandbox's id, its name or its own id.
pub fn name(container: &Listed) -> String {
    let id = container.labels.get(label::SANDBOX).cloned();
    id.or_else(|| container.names.first().map(|name| name.trim_start_matches('/').to_owned()))
        .unwrap_or_else(|| container.id.clone())
}

/// The time since a moment; zero if it is in the future, because the clock was set back.
pub fn elapsed(since: SystemTime) -> Duration {
    since.elapsed().unwrap_or_default()
}

fn age(container: &Listed) -> Duration {
    let created = u64::try_from(container.created).unwrap_or_default();
    elapsed(SystemTime::UNIX_EPOCH + Duration::from_secs(created))
}

#[cfg(test)]
mod tests;
