//! All sandboxes of a data directory.

use std::{
    collections::HashMap,
    path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::Instant;

use super::Sandbox;
use crate::{
    cancellation::Cancellation,
    config::{id::SandboxId, options::Options},
    container::{
        Connection,
        connection::{closed, unless_closed},
        find::is_in_use,
        stop::stop,
    },
    engine::container::State,
    error::Result,
    events::Events,
    label,
    link::{Installer, binary::AgentBinary},
    site::{Definition, Site},
    store::record::Records,
};

/// The sandboxes of one data directory, as one process uses them.
pub struct Sandboxes {
    site: Arc<Site>,
    options: Arc<Options>,
    /// Those that this process has used.
    used: Mutex<HashMap<SandboxId, Arc<Sandbox>>>,
    closing: Cancellation,
    events: Arc<Events>,
    /// For sessions: only sandboxes with a record exist, and the record has their options.
    records: Option<Records>,
}

/// A sandbox in a list.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// Its container's id.
    pub container_id: String,
    /// The state of its container.
    pub state: State,
    /// The image's name.
    pub image: String,
    /// When the container was created, in seconds since 1970.
    pub created: i64,
}

impl Sandboxes {
    /// Sandboxes with these options. Nothing is connected to or created until it is needed.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn new(options: Options, agents: Vec<AgentBinary>) -> Result<Self> {
        options.validate()?;
        // The process may change its working directory before the first call.
        let data_dir = path::absolute(&options.data_dir).unwrap_or_else(|_| options.data_dir.clone());
        let site = Site::new(options.engine.clone(), data_dir, Installer::new(agents));
        Ok(Self {
            site: Arc::new(site),
            options: Arc::new(options),
            used: Mutex::default(),
            closing: Cancellation::default(),
            events: Arc::default(),
            records: None,
        })
    }

    /// Sandboxes for sessions: each exists once it was recorded, with the options of its record. These options are the
    /// defaults.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn recorded(options: Options, agents: Vec<AgentBinary>) -> Result<Self> {
        let sandboxes = Self::new(options, agents)?;
        let records = sandboxes.site.records();
        Ok(Self { records: Some(records), ..sandboxes })
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What happens to the sandboxes.
    #[must_use]
    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// What they share.
    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// A sandbox with these options, as defined by its id alone.
    pub(crate) fn define(&self, id: &SandboxId) -> Definition {
        Definition { id: id.clone(), options: Arc::clone(&self.options), site: Arc::clone(&self.site) }
    }

    /// The options of a sandbox: those of its session if this process keeps sessions.
    ///
    /// # Errors
    /// `NOT_FOUND` for a session that does not exist.
    pub(crate) fn options_of(&self, id: &SandboxId) -> Result<Arc<Options>> {
        match &self.records {
            Some(records) => Ok(Arc::new(records.get(id)?.options)),
            None => Ok(Arc::clone(&self.options)),
        }
    }

    /// A sandbox, whether it has a container or not.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an invalid id; `NOT_FOUND` for a session that does not exist; `CLOSED`.
    pub fn get(&self, id: String) -> Result<Arc<Sandbox>> {
        let id = SandboxId::try_from(id)?;
        self.check_open()?;
        if let Some(sandbox) = self.in_use(&id) {
            return Ok(sandbox);
        }
        let mut definition = self.define(&id);
        definition.options = self.options_of(&id)?;
        let make = || Arc::new(self.connect(definition));
        Ok(Arc::clone(self.used().entry(id).or_insert_with(make)))
    }

    /// A new sandbox with options of its own, except for the engine and the data directory.
    pub(crate) fn get_with(&self, id: &SandboxId, options: Options) -> Result<Arc<Sandbox>> {
        self.check_open()?;
        options.validate()?;
        let definition = Definition { options: Arc::new(options), ..self.define(id) };
        let sandbox = Arc::new(self.connect(definition));
        self.used().insert(id.clone(), Arc::clone(&sandbox));
        Ok(sandbox)
    }

    fn connect(&self, definition: Definition) -> Sandbox {
        Sandbox::new(Connection::new(definition, self.closing.clone(), Arc::clone(&self.events)))
    }

    /// A sandbox that this process has used and not forgotten.
    pub(crate) fn in_use(&self, id: &SandboxId) -> Option<Arc<Sandbox>> {
        self.used().get(id).cloned()
    }

    /// Forgets a sandbox that was stopped or removed, unless somebody else holds it: a long-lived process sees many.
    pub fn forget(&self, sandbox: &Arc<Sandbox>) {
        // The map's reference and the caller's.
        const UNUSED: usize = 2;
        let mut used = self.used();
        let is_unused = |held: &Arc<Sandbox>| Arc::ptr_eq(held, sandbox) && Arc::strong_count(held) <= UNUSED;
        if used.get(sandbox.id()).is_some_and(is_unused) {
            used.remove(sandbox.id());
        }
    }

    /// All sandboxes of the data directory that have a container, running or not.
    ///
    /// # Errors
    /// `CLOSED`; those of the engine.
    pub async fn list(&self) -> Result<Vec<Summary>> {
        self.check_open()?;
        self.find_all().await
    }

    async fn find_all(&self) -> Result<Vec<Summary>> {
        let (engine, directory) = self.site.open().await?;
        let containers = engine.containers_with_label(label::NAMESPACE, Some(directory.namespace())).await?;
        Ok(containers
            .into_iter()
            .filter(|container| is_in_use(&directory, container))
            .map(|mut container| Summary {
                id: container.labels.remove(label::SANDBOX).unwrap_or_default(),
                container_id: container.id,
                state: container.state,
                image: container.image,
                created: container.created,
            })
            .collect())
    }

    /// How long the engine takes to answer.
    ///
    /// # Errors
    /// `CLOSED`; those of the engine.
    pub async fn ping(&self) -> Result<Duration> {
        self.check_open()?;
        let engine = self.site.engine().await?;
        let begun = Instant::now();
        engine.ping().await?;
        Ok(begun.elapsed())
    }

    /// Ends this process's use of the sandboxes: calls in progress fail with `CLOSED`, their commands are killed, links and
    /// leases are given up. The containers live on. With `stop_all`, those that no other process uses are stopped.
    ///
    /// # Errors
    /// Those of the engine, when stopping.
    pub async fn close(&self, stop_all: bool) -> Result<()> {
        let first = !self.closing.is_cancelled();
        self.closing.cancel();
        let used: Vec<_> = self.used().drain().map(|(_, sandbox)| sandbox).collect();
        join_all(used.iter().map(|sandbox| sandbox.connection().release())).await;
        if !stop_all || !first {
            return Ok(());
        }
        let running = self.find_all().await?.into_iter().filter(|summary| summary.state != State::Exited);
        let stops = running.map(|summary| async move {
            let definition = self.define(&SandboxId::try_from(summary.id)?);
            if self.site.directory().await?.leases.is_held(&definition.id)? {
                return Ok(());
            }
            stop(&definition).await
        });
        join_all(stops).await.into_iter().collect()
    }

    /// Rejects calls after `close`.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.closing.is_cancelled() { Err(closed()) } else { Ok(()) }
    }

    /// Does work that ends with `CLOSED` when the sandboxes are closed.
    pub(crate) async fn unless_closed<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        unless_closed(&self.closing, work).await
    }

    fn used(&self) -> MutexGuard<'_, HashMap<SandboxId, Arc<Sandbox>>> {
        // Nothing panics while the lock is held.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
