use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::future::join_all;

use super::{
    context::Context,
    handle::{Sandbox, unless_closed},
    id::SandboxId,
    options::Options,
    rescue::QUARANTINE,
};

use crate::{
    cancellation::Cancellation,
    engine::container::State,
    error::{Code, Error, Result},
    label,
    link::{Installer, binary::AgentBinary},
};

/// The sandboxes of one data directory, as one process uses them.
pub struct Sandboxes {
    context: Arc<Context>,
    used: Mutex<HashMap<SandboxId, Arc<Sandbox>>>,
    closing: Cancellation,
    /// Whether only those that were written down are there.
    recorded: bool,
}

/// A sandbox in a list.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// Its container's id.
    pub container_id: String,
    /// Whether its container runs.
    pub state: State,
    /// The image's name.
    pub image: String,
    /// When the container was made, in seconds since 1970.
    pub created: i64,
}

impl Sandboxes {
    /// Sandboxes with these options. Nothing is connected to and nothing is made before it is needed.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn new(options: Options, agents: Vec<AgentBinary>) -> Result<Self> {
        options.validate()?;
        Ok(Self {
            context: Arc::new(Context::new(options, Installer::new(agents))),
            used: Mutex::default(),
            closing: Cancellation::default(),
            recorded: false,
        })
    }

    /// Sandboxes that are there once they were written down, and then are as was written; see [`Self::create_session`].
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn recorded(options: Options, agents: Vec<AgentBinary>) -> Result<Self> {
        Ok(Self { recorded: true, ..Self::new(options, agents)? })
    }

    /// What they are like.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.context.options
    }

    /// A sandbox, whether it has a container or not.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for what is no id; `NOT_FOUND` for a session that is not there; `CLOSED`.
    pub fn get(&self, id: String) -> Result<Arc<Sandbox>> {
        let id = SandboxId::try_from(id)?;
        self.check_open()?;
        if let Some(sandbox) = self.in_use(&id) {
            return Ok(sandbox);
        }
        let context = if self.recorded {
            Arc::new(self.context.with(self.record(&id)?.options))
        } else {
            Arc::clone(&self.context)
        };
        let make = || Arc::new(Sandbox::new(id.clone(), context, self.closing.clone()));
        Ok(Arc::clone(self.used().entry(id.clone()).or_insert_with(make)))
    }

    /// Refuses what comes after the end.
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closing.is_cancelled() {
            return Err(Error::new(Code::Closed, "the sandboxes were closed"));
        }
        Ok(())
    }

    /// A sandbox with options of its own, engine and data directory excepted, that is used for the first time.
    pub(super) fn get_as(&self, id: &SandboxId, options: Options) -> Result<Arc<Sandbox>> {
        self.check_open()?;
        let context = self.context.with(options);
        context.options.validate()?;
        let sandbox = Arc::new(Sandbox::new(id.clone(), Arc::new(context), self.closing.clone()));
        self.used().insert(id.clone(), Arc::clone(&sandbox));
        Ok(sandbox)
    }

    /// Does something that ends with the use by this process.
    pub(super) async fn unless_closed<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        unless_closed(&self.closing, work).await
    }

    /// What they share.
    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// A sandbox that this process has used and not forgotten.
    pub(super) fn in_use(&self, id: &SandboxId) -> Option<Arc<Sandbox>> {
        self.used().get(id).cloned()
    }

    /// All sandboxes of the data directory that have a container, running or not.
    ///
    /// # Errors
    /// Those of the engine; `CLOSED`.
    pub async fn list(&self) -> Result<Vec<Summary>> {
        self.check_open()?;
        self.find_all().await
    }

    async fn find_all(&self) -> Result<Vec<Summary>> {
        let (engine, directory) = tokio::try_join!(self.context.engine(), self.context.directory())?;
        let containers = engine.containers_with_label(label::NAMESPACE, Some(directory.namespace())).await?;
        let quarantined = |name: &String| name.trim_start_matches('/').starts_with(QUARANTINE);
        Ok(containers
            .into_iter()
            .filter(|container| !container.names.iter().any(quarantined))
            .map(|mut container| Summary {
                id: container.labels.remove(label::SANDBOX).unwrap_or_default(),
                container_id: container.id,
                state: container.state,
                image: container.image,
                created: container.created,
            })
            .collect())
    }

    /// Lets go of a sandbox that was stopped or removed, if nobody else holds it: a process that lives long
    /// sees many.
    pub fn forget(&self, sandbox: &Arc<Sandbox>) {
        // The map's own share, and the caller's.
        const UNUSED: usize = 2;
        let mut used = self.used();
        if used
            .get(sandbox.id())
            .is_some_and(|held| Arc::ptr_eq(held, sandbox) && Arc::strong_count(held) <= UNUSED)
        {
            used.remove(sandbox.id());
        }
    }

    /// Ends the use by this process: what is under way is rejected with `CLOSED`, commands are killed, links
    /// and leases go. The containers live on, unless `stop_all`: then those that no other process uses are
    /// stopped.
    ///
    /// # Errors
    /// Those of the engine, when stopping.
    pub async fn close(&self, stop_all: bool) -> Result<()> {
        let first = !self.closing.is_cancelled();
        self.closing.cancel();
        let used: Vec<_> = self.used().drain().map(|(_, sandbox)| sandbox).collect();
        join_all(used.iter().map(|sandbox| sandbox.release())).await;
        let running = if stop_all && first { self.find_all().await? } else { Vec::new() };
        let directory = if running.is_empty() { None } else { Some(self.context.directory().await?) };
        let stops = running.into_iter().filter(|summary| summary.state != State::Exited).map(|summary| {
            let directory = directory.clone();
            async move {
                let id = SandboxId::try_from(summary.id)?;
                match directory {
                    Some(directory) if !directory.is_leased(&id)? => self.context.stop(&id).await,
                    _ => Ok(()),
                }
            }
        });
        join_all(stops).await.into_iter().collect()
    }

    fn used(&self) -> MutexGuard<'_, HashMap<SandboxId, Arc<Sandbox>>> {
        // Nothing panics while the lock is held.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
