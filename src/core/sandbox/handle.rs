use std::{future::Future, sync::{Mutex, PoisonError, Arc, atomic::{Ordering, AtomicUsize}}, time::Duration};

use tokio::time::{timeout, sleep};

use crate::{label, site::site::Context, config::{id::SandboxId, options::Network}, workspace::limit::DiskInfo, sandbox::{info::{Ready, Info}, starts::Starts}, store::lease::Lease, container::bring_up::Live, exec::rescue::{Rescue, ATTENTION}, cancellation::Cancellation, engine::container::{Container, State}, error::{Error, Code, Result}, link::file, single_flight::SingleFlight};

/// How long an agent may take for a file, or for the first sign of a command.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long files may take to be counted.
const COUNTING: Duration = Duration::from_secs(2);

/// How long it is looked for what became of a container.
const POST_MORTEM: Duration = Duration::from_secs(1);

/// How often.
const LOOK: Duration = Duration::from_millis(20);

/// One sandbox: a container that is made or started when it is needed.
pub struct Sandbox {
    id: SandboxId,
    context: Arc<Context>,
    closing: Cancellation,
    live: Arc<SingleFlight<Arc<Live>>>,
    lease: Arc<Mutex<Option<Lease>>>,
    starts: Starts,
    /// How many operations are under way.
    busy: AtomicUsize,
}

impl Sandbox {
    pub(crate) fn new(id: SandboxId, context: Arc<Context>, closing: Cancellation) -> Self {
        Self {
            id,
            context,
            closing,
            live: Arc::default(),
            lease: Arc::default(),
            starts: Starts::default(),
            busy: AtomicUsize::new(0),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SandboxId {
        &self.id
    }

    /// Makes sure that it runs.
    ///
    /// # Errors
    /// Those of the engine; `IMAGE_NOT_FOUND`, `CONFLICT`, `CLOSED`.
    pub async fn ensure(&self) -> Result<Ready> {
        let live = self.unless_closed(self.live()).await?;
        Ok(Ready {
            container_id: live.container.clone(),
            workspace_kind: live.workspace.label(),
            workspace: live.workspace.location(),
        })
    }

    /// Waits until its container is started by this process, for whatever call; the container's id. Each start is told
    /// once; those that nobody was told of come first. Nothing once it is cancelled.
    pub async fn started(&self, cancellation: &Cancellation) -> Option<String> {
        tokio::select! {
            biased;
            container = self.starts.next() => container,
            () = cancellation.cancelled() => None,
        }
    }

    /// Stops it; what is installed in it stays. One that does not run is fine.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn stop(&self) -> Result<()> {
        self.end(|context, id| async move { context.stop(&id).await }).await
    }

    /// Removes its container and, if wanted, its workspace. One that is not there is fine.
    ///
    /// # Errors
    /// Those of the engine; `FILE_ERROR`.
    pub async fn remove(&self, with_workspace: bool) -> Result<()> {
        self.end(move |context, id| async move { context.remove(&id, with_workspace).await }).await
    }

    /// Whether its container runs; asks the engine and changes nothing. A paused one counts as running.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn is_running(&self) -> Result<bool> {
        Ok(self.find().await?.is_some_and(|container| container.state.is_up()))
    }

    /// What it is at the moment.
    ///
    /// # Errors
    /// `NOT_FOUND` when it has no container; those of the engine.
    pub async fn info(&self) -> Result<Info> {
        let container = self
            .find()
            .await?
            .ok_or_else(|| Error::new(Code::NotFound, format!("the sandbox {} has no container", self.id)))?;
        let directory = self.context.directory().await?;
        let label = container.labels.get(label::WORKSPACE);
        let workspace = super::workspace::Workspace::from_label(&directory, &self.id, label);
        let (options, ids) = (&self.context.options, self.context.options.ids());
        Ok(Info {
            id: self.id.to_string(),
            container_id: container.id,
            state: container.state.as_str(),
            image: container.image,
            created: container.created,
            workspace_kind: workspace.label(),
            workspace: workspace.location(),
            memory: container.limits.memory,
            cpus: container.limits.cpus(),
            pids: options.pids,
            disk: self.disk(container.state == State::Running).await?,
            user: format!("{}:{}", ids.uid, ids.gid),
            network: options.network == Network::Enabled,
            agent: container.labels.get(label::AGENT).cloned().unwrap_or_default(),
        })
    }

    /// How much its files may take, and what they take if it runs.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub(crate) async fn disk(&self, runs: bool) -> Result<DiskInfo> {
        let directory = self.context.directory().await?;
        let info = DiskInfo::of(&self.context.options, &directory, &self.id)?;
        if !runs || info.enforcement != "soft" {
            return Ok(info);
        }
        // Of files that take longer to be counted, nothing is told.
        let counted = timeout(COUNTING, async { file::usage(&self.connected().await?.link).await }).await;
        Ok(DiskInfo { used: counted.ok().and_then(Result::ok), ..info })
    }

    /// Drops the link and the lease; the container lives on.
    pub(crate) async fn release(&self) {
        let lease = Arc::clone(&self.lease);
        let released = self.live.take(|live| {
            let lease = Arc::clone(&lease);
            async move {
                drop(live);
                set(&lease, None);
                Ok(())
            }
        });
        // Nothing in it fails.
        let _ = released.await;
    }

    /// Its container, if it has one.
    pub(crate) async fn find(&self) -> Result<Option<Container>> {
        self.unless_closed(self.context.find(&self.id)).await
    }

    /// Its link, which is made when there is none.
    pub(crate) async fn connected(&self) -> Result<Arc<Live>> {
        self.unless_closed(self.live()).await
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Whether an operation of this process is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn begin(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(&self.busy)
    }

    async fn live(&self) -> Result<Arc<Live>> {
        let bring_up = || {
            let (context, id, lease) = (Arc::clone(&self.context), self.id.clone(), Arc::clone(&self.lease));
            let (closing, starts) = (self.closing.clone(), self.starts.sender());
            async move {
                // A share of its own would look like another process' to the check for one.
                set(&lease, None);
                let brought_up = Box::pin(context.bring_up(&id, |taken| set(&lease, Some(taken))));
                let live = unless_closed(&closing, brought_up).await?;
                if live.started {
                    // Where nobody has asked for long, nobody will.
                    let _ = starts.try_send(live.container.clone());
                }
                Ok(Arc::new(live))
            }
        };
        self.live.get(|live| !live.link.is_closed(), bring_up).await
    }

    /// Its link, when it is not about to be known whether its agent answers: what that got might be lost with it.
    pub(crate) async fn trusted(&self) -> Result<Arc<Live>> {
        loop {
            let live = self.live().await?;
            if live.doubts.load(Ordering::Relaxed) == 0 || live.link.is_closed() {
                return Ok(live);
            }
            sleep(LOOK).await;
        }
    }

    async fn end<F>(&self, work: impl Fn(Arc<Context>, SandboxId) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let taken = self.live.take(|live| {
            let lease = Arc::clone(&self.lease);
            let done = work(Arc::clone(&self.context), self.id.clone());
            let closing = self.closing.clone();
            async move {
                drop(live);
                unless_closed(&closing, done).await?;
                set(&lease, None);
                Ok(())
            }
        });
        self.unless_closed(taken).await
    }

    /// Does something with the running sandbox; once more if its container ended between two calls, and after
    /// a look at the container when the agent keeps silent.
    pub(crate) async fn with_live<T, F>(&self, work: impl Fn(Arc<Live>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let _busy = self.begin();
        self.unless_closed(async {
            let live = self.live().await?;
            let outcome = self.attended(&live, work(Arc::clone(&live))).await;
            self.touch();
            match outcome {
                Err(error) if error.code() == Code::SandboxLost => {
                    let live = self.live().await?;
                    self.attended(&live, work(Arc::clone(&live))).await
                }
                outcome => outcome,
            }
        })
        .await
    }

    async fn attended<T>(&self, live: &Arc<Live>, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = std::pin::pin!(work);
        if let Ok(outcome) = timeout(ATTENTION, &mut work).await {
            return outcome;
        }
        self.rescue(live).await?.attend();
        timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(self.silent()))
    }

    pub(crate) fn silent(&self) -> Error {
        Error::new(Code::Timeout, format!("the sandbox {} did not answer in time", self.id))
    }

    pub(crate) async fn rescue(&self, live: &Arc<Live>) -> Result<Rescue> {
        let engine = self.context.engine().await?;
        Ok(Rescue::new(engine, Arc::clone(live), self.context.options.limits()))
    }

    /// Adds what became of the container.
    pub(crate) async fn explain_loss(&self, error: Error) -> Error {
        // The stream ends before the engine knows that the container has.
        let known = async {
            loop {
                match self.context.find(&self.id).await {
                    Ok(Some(container)) if container.state == State::Running => sleep(LOOK).await,
                    found => break found,
                }
            }
        };
        match timeout(POST_MORTEM, known).await {
            Ok(Ok(None)) => error.detail("container", "removed"),
            Ok(Ok(Some(container))) => {
                let error = error.detail("container", container.state.as_str());
                if container.state == State::Exited {
                    error.detail("exitCode", container.exit_code)
                } else {
                    error
                }
            }
            Ok(Err(failure)) => error.detail("container", failure.message().to_owned()),
            // Or the engine does not answer.
            Err(_) => error.detail("container", "running"),
        }
    }

    pub(crate) async fn unless_closed<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        unless_closed(&self.closing, work).await
    }

    pub(crate) fn touch(&self) {
        if let Some(lease) = &*self.lease.lock().unwrap_or_else(PoisonError::into_inner) {
            lease.touch();
        }
    }
}

/// An operation is under way.
pub(crate) struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is under way when the sandboxes are closed ends, and is not waited for.
pub(crate) async fn unless_closed<T>(
    closing: &Cancellation,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::select! {
        biased;
        () = closing.cancelled() => Err(Error::new(Code::Closed, "the sandboxes were closed")),
        outcome = work => outcome,
    }
}

fn set(place: &Mutex<Option<Lease>>, lease: Option<Lease>) {
    *place.lock().unwrap_or_else(PoisonError::into_inner) = lease;
}
