//! Help from outside for a container whose agent does not answer in time.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{lifted::UNLIMITED, live::Live};
use crate::{
    engine::{
        Engine,
        container::{Limits, Listed, State},
    },
    link::command::{Progress, Running},
    runtime,
};

/// How long an agent may take to react before the container is examined.
pub const ATTENTION: Duration = Duration::from_millis(250);

/// How long a command whose caller has left may take to end before the whole container is killed.
const LAST_RESORT: Duration = Duration::from_secs(2);

/// The prefix of the name of a container that could not be killed.
const QUARANTINE: &str = "cofferdam-quarantine-";

/// The pause between attempts to remove a container that cannot be killed, and how many there are.
const REMOVAL: (Duration, usize) = (Duration::from_secs(10), 360);

/// Whether a container could not be killed and is waiting for its removal.
pub fn is_quarantined(container: &Listed) -> bool {
    container.names.iter().any(|name| name.trim_start_matches('/').starts_with(QUARANTINE))
}

/// What can be done for one container.
pub struct Rescue {
    engine: Arc<Engine>,
    live: Arc<Live>,
    limits: Limits,
    /// The call that lifted the limit on processor time, if it was made.
    hurried: Option<JoinHandle<()>>,
}

impl Rescue {
    /// For a container with these limits.
    pub fn new(engine: Arc<Engine>, live: Arc<Live>, limits: Limits) -> Self {
        Self { engine, live, limits, hurried: None }
    }

    /// Unpauses the container if it was paused.
    pub fn attend(&self) {
        let (engine, live) = (Arc::clone(&self.engine), Arc::clone(&self.live));
        // Not awaited: if it fails, what the caller awaits fails too.
        runtime::spawn(async move {
            if let Ok(Some(container)) = engine.find_container(&live.container).await
                && container.state == State::Paused
            {
                let _ = engine.unpause_container(&live.container).await;
            }
        });
    }

    /// Lifts the limit on processor time, because an agent that a fork bomb starves cannot end it. Dropping this restores
    /// the limit.
    pub fn hurry(&mut self) {
        let (engine, live) = (Arc::clone(&self.engine), Arc::clone(&self.live));
        let limits = Limits { cpu_quota: UNLIMITED, ..self.limits };
        self.hurried =
            runtime::spawn(async move { drop(engine.update_limits(&live.container, limits).await) });
    }

    /// Waits for a command to end after its caller has left. If the agent cannot end it, the container is killed. The
    /// workspace stays, and the next use starts the container again.
    pub fn abandon(self, mut running: Running) {
        running.kill();
        self.live.doubts.fetch_add(1, Ordering::Relaxed);
        runtime::spawn(async move {
            let ended = timeout(LAST_RESORT, async {
                while let Ok(progress) = running.advance().await {
                    if let Progress::Exited(_) | Progress::NotStarted(..) = progress {
                        break;
                    }
                }
            });
            // Otherwise the command has ended, or the link has, and the command with it.
            if ended.await.is_err() {
                // The next caller gets a new link, to the container that exists by then.
                self.live.link.close();
                end(&self.engine, &self.live.container).await;
            }
            self.live.doubts.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

impl Drop for Rescue {
    fn drop(&mut self) {
        let Some(hurried) = self.hurried.take() else { return };
        let (engine, live, limits) = (Arc::clone(&self.engine), Arc::clone(&self.live), self.limits);
        runtime::spawn(async move {
            // The two calls must not reach the engine in the opposite order.
            let _ = hurried.await;
            let _ = engine.update_limits(&live.container, limits).await;
        });
    }
}

/// Kills a container. One that cannot be killed, for example because a process waits for a disk that does not answer,
/// loses its name: the sandbox gets a new container, and this one is removed as soon as it can be.
async fn end(engine: &Engine, container: &str) {
    if engine.kill_container(container).await.is_ok() {
        return;
    }
    let short = container.get(..12).unwrap_or(container);
    // If this fails, so does the next use of the sandbox.
    let _ = engine.rename_container(container, &format!("{QUARANTINE}{short}")).await;
    let (pause, tries) = REMOVAL;
    for _ in 0..tries {
        if engine.remove_container(container).await.is_ok() {
            return;
        }
        sleep(pause).await;
    }
}
