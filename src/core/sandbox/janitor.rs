//! What nobody uses any more goes. Nothing without our labels is touched, and nothing that a live process holds.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, stream};

use super::{
    context::Context, directory::DataDirectory, handle::Sandbox, id::SandboxId, leftovers::Leftovers,
    registry::Sandboxes, rescue::QUARANTINE,
};
use crate::{
    engine::{
        Engine,
        container::{Listed, State},
    },
    error::{Code, Result},
    label,
};

/// How many sandboxes are looked after at once.
const AT_ONCE: usize = 8;

/// A container that fills a volume takes seconds: one that is older was left by a process that died.
const HELPER_AGE: Duration = Duration::from_mins(10);

/// When what is there counts as unused. `None` is never.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// A sandbox that was not used for so long is stopped.
    pub idle: Option<Duration>,
    /// A stopped one that was not used for so long loses its container; its files stay.
    pub expired: Option<Duration>,
}

/// What a pass has done.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// The sandboxes that were stopped.
    pub stopped: Vec<String>,
    /// The sandboxes whose container was removed.
    pub removed: Vec<String>,
    /// The containers of no sandbox that were removed: what a process that died left half-way.
    pub leftovers: Vec<String>,
    /// What else was left over, and what could not be done: of what, and why.
    pub rest: Leftovers,
}

/// What became of one container.
enum Outcome {
    Kept,
    Stopped,
    Removed,
    Leftover,
}

impl Sandboxes {
    /// Stops what is idle, and removes what is expired or left over. One pass; what one process holds or another
    /// cleans at the same time is left to it.
    ///
    /// # Errors
    /// Those of the engine when there is no list of containers; `CLOSED`. What fails later is in the result.
    pub async fn clean(&self, policy: Policy) -> Result<Cleaned> {
        self.check_open()?;
        let context = self.context();
        let (engine, directory) = tokio::try_join!(context.engine(), context.directory())?;
        let ours = engine.containers_with_label(label::NAMESPACE, Some(directory.namespace())).await?;
        let helpers = engine.containers_with_label(label::HELPER, None).await?;
        let living = ours.iter().filter_map(|container| id(&container.labels)).collect();
        let passes = ours.iter().chain(&helpers).map(|container| {
            let pass = self.look_after(&engine, &directory, policy, container);
            let name = name(container);
            async move { (name, pass.await) }
        });
        let passes: Vec<_> = passes.collect();
        let mut passes = stream::iter(passes).buffer_unordered(AT_ONCE);
        let (mut cleaned, mut failures) = (Cleaned::default(), Vec::new());
        while let Some((name, outcome)) = passes.next().await {
            match outcome {
                Ok(Outcome::Kept) => {}
                Ok(Outcome::Stopped) => {
                    if let Some(sandbox) =
                        SandboxId::try_from(name.clone()).ok().and_then(|id| self.in_use(&id))
                    {
                        self.forget(&sandbox);
                    }
                    cleaned.stopped.push(name);
                }
                Ok(Outcome::Removed) => cleaned.removed.push(name),
                Ok(Outcome::Leftover) => cleaned.leftovers.push(name),
                Err(error) if error.code() == Code::Closed => return Err(error),
                Err(error) => failures.push((name, error)),
            }
        }
        cleaned.rest = Leftovers::remove(context, &engine, &directory, living).await;
        cleaned.rest.failures.append(&mut failures);
        cleaned.rest.failures.extend(self.put_idle_disks_away(&ours).await?);
        Ok(cleaned)
    }

    fn look_after(
        &self,
        engine: &Arc<Engine>,
        directory: &Arc<DataDirectory>,
        policy: Policy,
        container: &Listed,
    ) -> impl Future<Output = Result<Outcome>> + use<> {
        let (engine, directory, container) = (Arc::clone(engine), Arc::clone(directory), container.clone());
        let id = id(&container.labels);
        let context = Arc::clone(self.context());
        let used = id.as_ref().and_then(|id| self.in_use(id));
        async move {
            let quarantined =
                container.names.iter().any(|name| name.trim_start_matches('/').starts_with(QUARANTINE));
            let id = match id {
                Some(id) if !quarantined => id,
                _ => {
                    let age = age(&container);
                    // One of a volume that is being filled, or of a sandbox that is being made.
                    if age < HELPER_AGE {
                        return Ok(Outcome::Kept);
                    }
                    engine.remove_container(&container.id).await?;
                    return Ok(Outcome::Leftover);
                }
            };
            let unused = directory.last_activity(&id).map_or_else(|| age(&container), elapsed);
            let over = |limit: Option<Duration>| limit.is_some_and(|limit| unused >= limit);
            match container.state {
                State::Running | State::Paused if over(policy.idle) => {
                    let stopped = match used {
                        Some(sandbox) => sandbox.stop_unless_used(policy.idle).await?,
                        None => context.stop_unless_leased(&id).await?,
                    };
                    Ok(if stopped { Outcome::Stopped } else { Outcome::Kept })
                }
                State::Created | State::Exited if over(policy.expired) => {
                    let removed = context.remove_unless_leased(&id).await?;
                    Ok(if removed { Outcome::Removed } else { Outcome::Kept })
                }
                _ => Ok(Outcome::Kept),
            }
        }
    }
}

impl Sandbox {
    /// Lets go of the sandbox when this process does not use it, and stops it when no other holds it.
    async fn stop_unless_used(&self, idle: Option<Duration>) -> Result<bool> {
        let directory = self.context().directory().await?;
        let unused = directory.last_activity(self.id()).map_or(Duration::ZERO, elapsed);
        if self.is_busy() || idle.is_none_or(|idle| unused < idle) {
            return Ok(false);
        }
        self.release().await;
        self.context().stop_unless_leased(self.id()).await
    }
}

impl Context {
    /// Stops the container of a sandbox unless a live process holds it.
    async fn stop_unless_leased(&self, id: &SandboxId) -> Result<bool> {
        let (engine, directory) = tokio::try_join!(self.engine(), self.directory())?;
        // Whoever takes the lease holds this, so nobody can between the look and the stop.
        let Some(lock) = directory.try_creation(id)? else { return Ok(false) };
        if directory.is_leased(id)? {
            return Ok(false);
        }
        self.stop_locked(&engine, &directory, id, &lock).await?;
        Ok(true)
    }

    /// Removes the container of a sandbox unless a live process holds it; its files stay.
    async fn remove_unless_leased(&self, id: &SandboxId) -> Result<bool> {
        let (engine, directory) = tokio::try_join!(self.engine(), self.directory())?;
        let Some(lock) = directory.try_creation(id)? else { return Ok(false) };
        if directory.is_leased(id)? {
            return Ok(false);
        }
        self.remove_locked(&engine, &directory, id, false, &lock).await?;
        Ok(true)
    }
}

fn id(labels: &HashMap<String, String>) -> Option<SandboxId> {
    labels.get(label::SANDBOX).cloned().and_then(|id| SandboxId::try_from(id).ok())
}

fn name(container: &Listed) -> String {
    let id = container.labels.get(label::SANDBOX).cloned();
    id.or_else(|| container.names.first().map(|name| name.trim_start_matches('/').to_owned()))
        .unwrap_or_else(|| container.id.clone())
}

fn age(container: &Listed) -> Duration {
    let created = u64::try_from(container.created).unwrap_or_default();
    elapsed(SystemTime::UNIX_EPOCH + Duration::from_secs(created))
}

/// Zero for what lies ahead: a clock that was set back makes nothing old.
fn elapsed(since: SystemTime) -> Duration {
    since.elapsed().unwrap_or_default()
}
