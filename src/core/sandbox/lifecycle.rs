//! How the container of a sandbox comes to be, is found again, and goes.

use std::{
    fs::File,
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use tokio::time::sleep;

use super::{
    context::Context,
    directory::DataDirectory,
    id::SandboxId,
    lease::Lease,
    options::Network,
    spec::Spec,
    storage::{delete_disk, unmount},
    workspace::Workspace,
};

use crate::{
    engine::{
        Engine,
        container::{Container, State},
        is_taken,
    },
    error::{Code, Error, Result},
    label,
    link::{Link, OTHER_VERSION},
};

/// How often the way to a running agent is begun anew: once for an agent's volume that was not whole, once for
/// a container that another took away meanwhile, once for a workspace that the engine does not see, once for its disk.
const ATTEMPTS: usize = 5;

/// How long after an attempt the next one begins: the engine may be in the middle of something.
const PAUSE: Duration = Duration::from_millis(50);

/// The seconds that the engine waits for the agent to end; it takes a fifth of one.
const STOP_GRACE: i32 = 2;

/// A container that runs, and the link to its agent.
pub struct Live {
    /// The link.
    pub link: Link,
    /// The container's id.
    pub container: String,
    /// Where its files are.
    pub workspace: Workspace,
    /// Whether it was started for this, and did not run before.
    pub started: bool,
    /// How many commands its agent has not ended although it should have.
    pub doubts: AtomicU32,
}

/// How an attempt failed, and whether another has a chance.
enum Failure {
    Final(Error),
    Again(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl Context {
    /// Makes a sandbox run and connects to it. The lease is taken while nobody else can replace the container.
    pub async fn bring_up(&self, id: &SandboxId, keep_lease: impl FnOnce(Lease)) -> Result<Live> {
        let (engine, directory) = tokio::try_join!(self.engine(), self.directory())?;
        let lock = directory.creation(id).await?;
        let mut last = Error::new(Code::Internal, "no attempt was made");
        for _ in 0..ATTEMPTS {
            match Box::pin(self.attempt(&engine, &directory, id, &lock)).await {
                Ok(live) => {
                    keep_lease(directory.lease(id)?);
                    return Ok(live);
                }
                Err(Failure::Final(error)) => {
                    last = error;
                    break;
                }
                Err(Failure::Again(error)) => last = error,
            }
            sleep(PAUSE).await;
        }
        // What it failed of is what counts. An engine that does not answer would not answer this either.
        if !matches!(last.code(), Code::Timeout | Code::EngineUnreachable) {
            let _ = self.put_away(&engine, &directory, id, &lock).await;
        }
        Err(last)
    }

    async fn attempt(
        &self,
        engine: &Arc<Engine>,
        directory: &Arc<DataDirectory>,
        id: &SandboxId,
        lock: &File,
    ) -> Result<Live, Failure> {
        let name = directory.container_name(id);
        let existing = engine.find_container(&name).await?;
        let workspace = self.workspace(directory, id, existing.as_ref());
        let spec = Spec::new(&self.options, directory, id, &workspace);
        let existing = match existing {
            Some(container) if container.state == State::Gone => {
                engine.remove_container(&container.id).await?;
                None
            }
            Some(container) if container.labels.get(label::SPEC).map(String::as_str) != Some(spec.hash()) => {
                self.replace(engine, directory, id, &container, "other options").await?;
                None
            }
            found => found,
        };
        // A directory that was deleted would keep the container from starting.
        let storage = self.storage(engine, directory, id, &workspace, existing.as_ref(), lock);
        let at_once =
            existing.is_none() && self.options.is_ephemeral() && workspace == Workspace::bind(directory, id);
        let (storage, made) = if at_once {
            // Making the disk takes as long as having the container made. The engine wants to see the directory; the disk need
            // not be there before the container starts.
            directory.make_workspace(id)?;
            let making = self.make(engine, &name, spec.clone(), &workspace);
            let (storage, made) = tokio::join!(storage, Box::pin(making));
            (storage?, Some(made))
        } else {
            (storage.await?, None)
        };
        let existing = match existing {
            // What it sees is the directory below.
            Some(container) if container.state.is_up() && storage.mounted_anew => {
                engine.stop_container(&container.id, STOP_GRACE).await?;
                Some(Container { state: State::Exited, ..container })
            }
            existing => existing,
        };
        let new = existing.is_none();
        let (container, started) = if let Some(container) = existing {
            let started = self.wake(engine, &container).await?;
            (container.id, started)
        } else {
            let made = match made {
                Some(made) => made,
                None => Box::pin(self.make(engine, &name, spec, &workspace)).await,
            };
            if let Err(Failure::Again(error)) = &made
                && self.engine_lacks_source(&workspace, error)
            {
                self.learn_of_directory(false);
                storage.forgo(directory.disk(id), lock).await?;
            }
            let container = made?;
            self.start(engine, &container).await?;
            (container, true)
        };
        let disk = directory.disk(id);
        if started && !self.has_disk(engine, &container, &storage, &disk).await? {
            if new {
                engine.remove_container(&container).await?;
            } else {
                engine.stop_container(&container, STOP_GRACE).await?;
            }
            storage.forgo(disk, lock).await?;
            return Err(Failure::Again(Error::new(
                Code::Internal,
                "the engine does not see what this process mounts",
            )));
        }
        let link = match Link::connect(engine, &container, storage.enforcement.soft()).await {
            Ok(link) => link,
            Err(error) if error.details().contains_key(OTHER_VERSION) => {
                if let Some(found) = engine.find_container(&container).await? {
                    self.replace(engine, directory, id, &found, "another version of cofferdam").await?;
                }
                return Err(Failure::Again(error));
            }
            Err(error) => return Err(self.diagnose(engine, &container, error).await),
        };
        // Not in a container in which code has run: it could make the answer.
        if new && self.must_probe(&workspace, &storage) {
            let shared = workspace.is_shared(&link).await?;
            self.learn_of_directory(shared);
            if !shared {
                engine.remove_container(&container).await?;
                return Err(Failure::Again(Error::new(
                    Code::Internal,
                    "the engine does not see the data directory",
                )));
            }
        }
        Ok(Live { link, container, workspace, started, doubts: AtomicU32::new(0) })
    }

    /// Makes a container that is there run, with the limits that were asked for. `true` when it was started for that.
    async fn wake(&self, engine: &Engine, container: &Container) -> Result<bool, Failure> {
        let limits = self.options.limits();
        if container.limits != limits {
            // It may have ended since it was looked at, without the engine knowing of it yet.
            engine.update_limits(&container.id, limits).await.map_err(Failure::Again)?;
        }
        match container.state {
            State::Running => Ok(false),
            State::Paused => Ok(engine.unpause_container(&container.id).await.map(|()| false)?),
            State::Created | State::Exited | State::Gone => {
                self.start(engine, &container.id).await.map(|()| true)
            }
        }
    }

    /// Makes the container; it does not run yet.
    async fn make(
        &self,
        engine: &Arc<Engine>,
        name: &str,
        spec: Spec,
        workspace: &Workspace,
    ) -> Result<String, Failure> {
        let network = match self.options.network {
            Network::Enabled => Some(engine.sandbox_network().await?),
            Network::None => None,
        };
        let agent = self.agent(engine).await?;
        workspace.hand_over(engine, &self.options.image, self.options.ids(), &agent).await?;
        let request = spec.into_request(self.options.limits(), &agent, network);
        match engine.create_container(Some(name), &request).await {
            Ok(container) => Ok(container),
            // A process that does not share our locks was faster.
            Err(error) if is_taken(&error) => Err(Failure::Again(error)),
            Err(error) if self.engine_lacks_source(workspace, &error) => Err(Failure::Again(error)),
            Err(error) => Err(error.into()),
        }
    }

    async fn start(&self, engine: &Engine, container: &str) -> Result<(), Failure> {
        match engine.start_container(container).await {
            Ok(()) => Ok(()),
            // The network was removed while nothing ran on it.
            Err(error) if error.code() == Code::NotFound && self.options.network == Network::Enabled => {
                engine.rejoin_network(container).await?;
                Ok(engine.start_container(container).await?)
            }
            Err(error) => Err(self.diagnose(engine, container, error).await),
        }
    }

    /// Looks into why a container does not start or its agent does not answer, and mends what can be mended.
    async fn diagnose(&self, engine: &Engine, container: &str, error: Error) -> Failure {
        if matches!(error.code(), Code::Timeout | Code::EngineUnreachable | Code::EnginePermissionDenied) {
            return error.into();
        }
        match engine.find_container(container).await {
            Ok(Some(found)) if found.state == State::Paused => Failure::Again(error),
            // Somebody took it away between two steps.
            Ok(None) => Failure::Again(error),
            Ok(Some(found)) => match self.shared.installer.repair(engine, &self.options.image).await {
                // Whether it was mended now, or by another process a moment ago.
                Ok(_) => Failure::Again(error.detail("exitCode", found.exit_code)),
                Err(_) => Failure::Final(error),
            },
            Err(_) => Failure::Final(error),
        }
    }

    /// Removes a container that can't be used any more, unless another process uses it.
    async fn replace(
        &self,
        engine: &Engine,
        directory: &DataDirectory,
        id: &SandboxId,
        container: &Container,
        reason: &str,
    ) -> Result<()> {
        if directory.is_leased(id)? {
            return Err(Error::new(
                Code::Conflict,
                format!("the sandbox {id} is in use by another process with {reason}"),
            )
            .hint("stop the other process, or give both the same version and options")
            .detail("containerId", container.id.clone()));
        }
        engine.remove_container(&container.id).await
    }

    /// Stops the container of a sandbox; what is installed in it stays.
    pub async fn stop(&self, id: &SandboxId) -> Result<()> {
        let (engine, directory) = tokio::try_join!(self.engine(), self.directory())?;
        let lock = directory.creation(id).await?;
        self.stop_locked(&engine, &directory, id, &lock).await
    }

    /// The same for whoever has the sandbox's lock. Its disk takes nothing of the host's any more.
    pub async fn stop_locked(
        &self,
        engine: &Engine,
        directory: &DataDirectory,
        id: &SandboxId,
        lock: &File,
    ) -> Result<()> {
        engine.stop_container(&directory.container_name(id), STOP_GRACE).await?;
        unmount(directory.disk(id), lock).await
    }

    /// Removes the container of a sandbox, and its workspace if that is wanted.
    pub async fn remove(&self, id: &SandboxId, with_workspace: bool) -> Result<()> {
        let (engine, directory) = tokio::try_join!(self.engine(), self.directory())?;
        let lock = directory.creation(id).await?;
        self.remove_locked(&engine, &directory, id, with_workspace, &lock).await
    }

    /// The same for whoever has the sandbox's lock.
    pub async fn remove_locked(
        &self,
        engine: &Engine,
        directory: &DataDirectory,
        id: &SandboxId,
        with_workspace: bool,
        lock: &File,
    ) -> Result<()> {
        let name = directory.container_name(id);
        let removal = engine.remove_container(&name);
        if !with_workspace {
            removal.await?;
            return unmount(directory.disk(id), lock).await;
        }
        let deletion = delete_disk(directory.disk(id), lock);
        if self.options.is_ephemeral() {
            // Nobody comes back to it: what runs in it need not have ended before.
            let (removed, deleted) = tokio::join!(removal, deletion);
            removed.and(deleted)?;
        } else {
            removal.await?;
            deletion.await?;
        }
        // Whichever it was: with the container went the label that tells.
        Workspace::bind(directory, id).delete(engine).await?;
        Workspace::volume(directory, id).delete(engine).await?;
        directory.forget(id, lock)
    }

    /// The container of a sandbox, if there is one.
    pub async fn find(&self, id: &SandboxId) -> Result<Option<Container>> {
        let (engine, directory) = tokio::try_join!(self.engine(), self.directory())?;
        engine.find_container(&directory.container_name(id)).await
    }
}
