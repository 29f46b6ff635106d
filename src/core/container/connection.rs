//! This process's hold on a running container.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;

use super::{
    bring_up::bring_up, find::find, live::Live, oom_streak::OomStreak, rescue::Rescue, stop::stop_unless_used,
};
use crate::{
    cancellation::Cancellation,
    error::{Code, Error, Result},
    events::{Event, Events},
    link::Operation,
    single_flight::SingleFlight,
    site::Definition,
    store::lease::Lease,
};

/// How long an agent may take for a file, or to start a command.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often a link whose agent is in doubt is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// This process's connection to the container of one sandbox. It is made on first use, which brings the container up, and
/// again after it was lost. It holds a lease on the sandbox.
pub struct Connection {
    definition: Definition,
    closing: Cancellation,
    events: Arc<Events>,
    live: SingleFlight<Arc<Live>>,
    lease: Arc<Mutex<Option<Lease>>>,
    /// How many operations are in progress.
    busy: AtomicUsize,
    /// How often this process has stopped or removed the container.
    ends: AtomicUsize,
    /// Commands that ended for memory.
    pub oom: OomStreak,
}

impl Connection {
    /// A connection that is not made yet. `closing` ends every operation.
    pub fn new(definition: Definition, closing: Cancellation, events: Arc<Events>) -> Self {
        Self {
            definition,
            closing,
            events,
            live: SingleFlight::default(),
            lease: Arc::default(),
            busy: AtomicUsize::new(0),
            ends: AtomicUsize::new(0),
            oom: OomStreak::default(),
        }
    }

    /// The sandbox.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The running container. Brings it up if it has no link.
    ///
    /// # Errors
    /// As [`bring_up`]; `CLOSED`.
    pub async fn get(&self) -> Result<Arc<Live>> {
        let connect = || {
            let (definition, lease) = (self.definition.clone(), Arc::clone(&self.lease));
            let (closing, events) = (self.closing.clone(), Arc::clone(&self.events));
            async move {
                // Otherwise our own old lease would look like another process's.
                set(&lease, None);
                let brought_up = Box::pin(bring_up(&definition, |taken| set(&lease, Some(taken))));
                let live = unless_closed(&closing, brought_up).await?;
                if live.started {
                    let (id, container) = (definition.id.to_string(), live.container.clone());
                    events.push(Event::Started { id, container });
                }
                Ok(Arc::new(live))
            }
        };
        self.live.get(|live| live.is_usable(), connect).await
    }

    /// The container, if it runs: unlike [`Self::get`], this does not start it.
    ///
    /// # Errors
    /// As [`Self::get`]; those of looking for the container.
    pub async fn running(&self) -> Result<Option<Arc<Live>>> {
        if let Some(live) = self.live.current().filter(|live| !live.link.is_closed()) {
            return Ok(Some(live));
        }
        let ends = self.ends();
        if self.live.is_being_taken() {
            return Ok(None);
        }
        let found = Box::pin(find(&self.definition)).await?;
        // It may look as if it ran while this process stops it.
        let is_up = found.is_some_and(|container| container.state.is_up()) && self.ends() == ends;
        if is_up { Box::pin(self.get()).await.map(Some) } else { Ok(None) }
    }

    /// As [`Self::get`], once it is known that the agent answers: a request to one that does not would be lost.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn trusted(&self) -> Result<Arc<Live>> {
        loop {
            let live = self.get().await?;
            if live.doubts.load(Ordering::Relaxed) == 0 || live.link.is_closed() {
                return Ok(live);
            }
            sleep(LOOK).await;
        }
    }

    /// Begins an operation of the agent, on a new link if the old one has ended: then nothing was asked for yet.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn operation(&self) -> Result<(Operation, Rescue)> {
        loop {
            let live = self.trusted().await?;
            if let Ok(operation) = live.link.begin().await {
                return Ok((operation, self.rescue(&live).await?));
            }
        }
    }

    /// As [`Self::operation`], for one that may take as long as its caller likes.
    ///
    /// # Errors
    /// As [`Self::get`]; `CONFLICT` when there are too many of them.
    pub async fn stream(&self) -> Result<(Operation, Rescue)> {
        loop {
            let live = self.trusted().await?;
            match live.link.begin_stream().await {
                Ok(operation) => return Ok((operation, self.rescue(&live).await?)),
                Err(error) if error.code() == Code::SandboxLost => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives up the link, does `work`, and gives up the lease. Callers that want a link meanwhile wait.
    ///
    /// # Errors
    /// Those of `work`; `CLOSED`.
    pub async fn end<F>(&self, work: impl Fn(Definition) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.ends.fetch_add(1, Ordering::Relaxed);
        let ended = self.live.take(|live| {
            let (lease, closing) = (Arc::clone(&self.lease), self.closing.clone());
            let done = work(self.definition.clone());
            async move {
                drop(live);
                unless_closed(&closing, done).await?;
                set(&lease, None);
                Ok(())
            }
        });
        self.unless_closed(ended).await
    }

    /// Gives up the link and the lease; the container lives on.
    pub async fn release(&self) {
        let released = self.live.take(|live| {
            let lease = Arc::clone(&self.lease);
            async move {
                drop(live);
                set(&lease, None);
                Ok(())
            }
        });
        // Nothing in it fails.
        let _ = released.await;
    }

    /// Stops a sandbox whose memory is taken by what its commands left behind, if this operation is the only one: the next
    /// use starts it again. Its files stay, and so does what was installed in it.
    ///
    /// # Errors
    /// As [`stop_unless_used`]; `CLOSED`.
    pub async fn relieve(&self) -> Result<()> {
        if !self.oom.is_too_long() || self.busy.load(Ordering::Relaxed) > 1 {
            return Ok(());
        }
        self.oom.record(false);
        let relieved = self.live.take(|live| {
            let (lease, events) = (Arc::clone(&self.lease), Arc::clone(&self.events));
            let definition = self.definition.clone();
            async move {
                drop(live);
                // It would look like another process's.
                set(&lease, None);
                if stop_unless_used(&definition).await? {
                    events.push(Event::Stopped { id: definition.id.to_string() });
                }
                Ok(())
            }
        });
        self.unless_closed(relieved).await
    }

    /// Tells subscribers of something that happened to the sandbox.
    pub fn announce(&self, event: Event) {
        self.events.push(event);
    }

    /// How often this process has stopped or removed the container.
    pub fn ends(&self) -> usize {
        self.ends.load(Ordering::Relaxed)
    }

    /// Whether an operation of this process is in progress.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }

    /// Counts an operation as in progress until the guard is dropped.
    pub fn begin(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(&self.busy)
    }

    /// Records that the sandbox is being used.
    pub fn touch(&self) {
        if let Some(lease) = &*self.lease.lock().unwrap_or_else(PoisonError::into_inner) {
            lease.touch();
        }
    }

    /// Help for the container, should its agent not answer in time.
    ///
    /// # Errors
    /// Those of finding the engine.
    pub async fn rescue(&self, live: &Arc<Live>) -> Result<Rescue> {
        let engine = self.definition.site.engine().await?;
        Ok(Rescue::new(engine, Arc::clone(live), self.definition.options.limits()))
    }

    /// Does work that ends with `CLOSED` when the sandboxes are closed.
    ///
    /// # Errors
    /// Those of `work`; `CLOSED`.
    pub async fn unless_closed<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        unless_closed(&self.closing, work).await
    }

    /// The error for an agent that did not answer in time.
    pub fn silent(&self) -> Error {
        Error::new(Code::Timeout, format!("the sandbox {} did not answer in time", self.definition.id))
    }
}

/// An operation in progress.
pub struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Does work that is dropped, and ends with `CLOSED`, as soon as `closing` is cancelled.
///
/// # Errors
/// Those of `work`; `CLOSED`.
pub async fn unless_closed<T>(closing: &Cancellation, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        () = closing.cancelled() => Err(closed()),
        outcome = work => outcome,
    }
}

/// The error for a call after `close`.
pub fn closed() -> Error {
    Error::new(Code::Closed, "the sandboxes were closed")
}

fn set(place: &Mutex<Option<Lease>>, lease: Option<Lease>) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = lease;
}
