//! One pass of the janitor.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use cofferdam_protocol::process::handle::Description;
use futures_util::{StreamExt, stream};
use tokio::time::timeout;

use super::{
    idle_disks::unmount_idle_disks,
    leftovers::Leftovers,
    policy::Policy,
    rules::{Verdict, elapsed, judge, name},
};
use crate::{
    config::id::SandboxId,
    container::{
        Connection,
        find::{is_in_use, sandbox_id},
        lifted::restore_limit,
        remove::remove_locked,
        rescue::is_quarantined,
        stop::stop_unless_used,
    },
    engine::{Engine, container::Listed},
    error::{Code, Result},
    events::Event,
    label,
    link::{Link, process},
    sandbox::Sandboxes,
    site::Locked,
    store::data_directory::DataDirectory,
};

/// How long an agent may take to tell which processes run.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many containers are dealt with at once.
const AT_ONCE: usize = 8;

/// What a pass did.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// The sandboxes that were stopped.
    pub stopped: Vec<String>,
    /// The sandboxes whose container was removed.
    pub removed: Vec<String>,
    /// Containers of no sandbox that were removed: a process died while it used them.
    pub leftovers: Vec<String>,
    /// Whatever else was removed, and what failed.
    pub rest: Leftovers,
}

/// Stops sandboxes that are idle, and removes what has expired or was left over. Whatever a live process holds, or another
/// process cleans at the same time, is left to it.
///
/// # Errors
/// `CLOSED`; those of the engine when the containers cannot be listed. Later failures are part of the result.
pub async fn clean(sandboxes: &Sandboxes, policy: Policy) -> Result<Cleaned> {
    sandboxes.check_open()?;
    let (engine, directory) = sandboxes.site().open().await?;
    let ours = engine.containers_with_label(label::NAMESPACE, Some(directory.namespace())).await?;
    let helpers = engine.containers_with_label(label::HELPER, None).await?;
    let living = ours.iter().filter_map(sandbox_id).collect();
    let passes: Vec<_> =
        ours.iter()
            .filter(|container| is_in_use(&directory, container) || is_quarantined(container))
            .chain(&helpers)
            .map(|container| {
                let (engine, directory) = (Arc::clone(&engine), Arc::clone(&directory));
                async move {
                    (name(container), deal_with(sandboxes, &engine, &directory, policy, container).await)
                }
            })
            .collect();
    let mut passes = stream::iter(passes).buffer_unordered(AT_ONCE);
    let (mut cleaned, mut failures) = (Cleaned::default(), Vec::new());
    while let Some((name, outcome)) = passes.next().await {
        match outcome {
            Ok(Verdict::Keep) => {}
            Ok(Verdict::Stop(id)) => {
                if let Some(sandbox) = sandboxes.in_use(&id) {
                    sandboxes.forget(&sandbox);
                }
                sandboxes.events().push(Event::Idle { id: id.to_string() });
                sandboxes.events().push(Event::Stopped { id: id.to_string() });
                cleaned.stopped.push(name);
            }
            Ok(Verdict::Remove(_)) => cleaned.removed.push(name),
            Ok(Verdict::RemoveLeftover) => cleaned.leftovers.push(name),
            Err(error) if error.code() == Code::Closed => return Err(error),
            Err(error) => failures.push((name, error)),
        }
    }
    // Somebody may have flushed them while sandboxes run.
    engine.guard_networks().await?;
    cleaned.rest = Leftovers::remove(sandboxes, &engine, &directory, living).await;
    cleaned.rest.failures.append(&mut failures);
    cleaned.rest.failures.extend(unmount_idle_disks(sandboxes, &directory, &ours).await?);
    Ok(cleaned)
}

/// Carries out the verdict on a container. Returns what was done, which is nothing if a live process holds the sandbox.
async fn deal_with(
    sandboxes: &Sandboxes,
    engine: &Engine,
    directory: &DataDirectory,
    policy: Policy,
    container: &Listed,
) -> Result<Verdict> {
    let verdict = judge(container, policy, |id| directory.leases.last_activity(id));
    let done = match &verdict {
        Verdict::Keep => restore_limit_unless_used(sandboxes, container).await.map(|()| true)?,
        Verdict::RemoveLeftover => engine.remove_container(&container.id).await.map(|()| true)?,
        Verdict::Stop(_) if has_detached(engine, container, policy).await => false,
        Verdict::Stop(id) => stop_if_idle(sandboxes, directory, id, policy).await?,
        Verdict::Remove(id) => match Locked::unless_used(&sandboxes.define(id)).await? {
            Some(locked) => remove_locked(&locked, false).await.map(|()| true)?,
            None => false,
        },
    };
    Ok(if done { verdict } else { Verdict::Keep })
}

/// Whether a detached process runs in a container and counts as a use of it. If its agent does not answer, there is none that counts.
async fn has_detached(engine: &Engine, container: &Listed, policy: Policy) -> bool {
    let counts = |process: &Description| {
        let started = UNIX_EPOCH + Duration::from_millis(process.started_ms);
        process.detached && process.ended.is_none() && elapsed(started) < policy.detached
    };
    let asked = async {
        let link = Link::observe(engine, &container.id).await?;
        process::list(&link).await
    };
    matches!(timeout(PATIENCE, asked).await, Ok(Ok(processes)) if processes.iter().any(counts))
}

async fn stop_if_idle(
    sandboxes: &Sandboxes,
    directory: &DataDirectory,
    id: &SandboxId,
    policy: Policy,
) -> Result<bool> {
    match sandboxes.in_use(id) {
        Some(sandbox) => {
            let connection = sandbox.connection();
            if !release_if_idle(connection, directory, policy).await {
                return Ok(false);
            }
            stop_unless_used(connection.definition()).await
        }
        None => stop_unless_used(&sandboxes.define(id)).await,
    }
}

/// Gives up this process's own hold on a sandbox, unless it was used since the containers were listed.
async fn release_if_idle(connection: &Connection, directory: &DataDirectory, policy: Policy) -> bool {
    let unused = directory.leases.last_activity(&connection.definition().id).map(elapsed).unwrap_or_default();
    if connection.is_busy() || policy.idle.is_none_or(|idle| unused < idle) {
        return false;
    }
    connection.release().await;
    true
}

/// A process that died may have lifted the limit on processor time for a late command.
async fn restore_limit_unless_used(sandboxes: &Sandboxes, container: &Listed) -> Result<()> {
    let Some(id) = sandbox_id(container).filter(|_| container.state.is_up()) else { return Ok(()) };
    let definition = sandboxes.define(&id);
    let Some(locked) = Locked::unless_used(&definition).await? else { return Ok(()) };
    // It may not be a session.
    let options = sandboxes.options_of(&id).unwrap_or(definition.options);
    restore_limit(&locked, options.limits()).await
}
