use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::lifecycle::Live;

use crate::{
    engine::{
        Engine,
        container::{Limits, State},
    },
    link::command::{Progress, Running},
    runtime,
};

/// How long an agent may take to start a command before the container is looked at.
pub(super) const ATTENTION: Duration = Duration::from_millis(250);

/// How long after its caller has left a command may take to be dead before the whole container is killed.
const LAST_RESORT: Duration = Duration::from_secs(2);

/// What the name of a container that could not be killed begins with.
pub const QUARANTINE: &str = "cofferdam-quarantine-";

/// How often, and how many times, the removal of a container that can't be killed is tried.
const REMOVAL: (Duration, usize) = (Duration::from_secs(10), 360);

/// As much processor time as there is.
const UNLIMITED: i64 = -1;

/// Help from outside for a sandbox whose agent does not answer in time.
pub struct Rescue {
    engine: Arc<Engine>,
    live: Arc<Live>,
    limits: Limits,
    /// Lifts the limit on processor time.
    hurried: Option<JoinHandle<()>>,
}

impl Rescue {
    /// For a container that has these limits.
    pub fn new(engine: Arc<Engine>, live: Arc<Live>, limits: Limits) -> Self {
        Self { engine, live, limits, hurried: None }
    }

    /// Wakes the container if it was paused.
    pub fn attend(&self) {
        let (engine, live) = (Arc::clone(&self.engine), Arc::clone(&self.live));
        // Nobody waits for it: a failure shows in what the caller waits for.
        runtime::spawn(async move {
            if let Ok(Some(container)) = engine.find_container(&live.container).await
                && container.state == State::Paused
            {
                let _ = engine.unpause_container(&live.container).await;
            }
        });
    }

    /// Lifts the limit on processor time: an agent that a fork bomb starves can't end it. It is set again when
    /// this is dropped.
    pub fn hurry(&mut self) {
        let (engine, live) = (Arc::clone(&self.engine), Arc::clone(&self.live));
        let limits = Limits { cpu_quota: UNLIMITED, ..self.limits };
        self.hurried =
            runtime::spawn(async move { drop(engine.update_limits(&live.container, limits).await) });
    }

    /// Sees a command to its end after its caller has left. Where the agent does not manage, the container is
    /// killed: the workspace stays, and the next use starts it again.
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
            // Else the command has ended, or the link has by itself, and with it the command.
            if ended.await.is_err() {
                // Whoever comes next gets a new link, to whatever container there is by then.
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
            // The engine must not get the two the other way round.
            let _ = hurried.await;
            let _ = engine.update_limits(&live.container, limits).await;
        });
    }
}

/// Kills a container. One that can't be killed, because a process of it waits for a disk that does not
/// answer, say, gives its name up: the sandbox gets a new container, and this one is removed when it can be.
async fn end(engine: &Engine, container: &str) {
    if engine.kill_container(container).await.is_ok() {
        return;
    }
    let short = container.get(..12).unwrap_or(container);
    // A failure shows as that of the next use of the sandbox.
    let _ = engine.rename_container(container, &format!("{QUARANTINE}{short}")).await;
    let (pause, tries) = REMOVAL;
    for _ in 0..tries {
        if engine.remove_container(container).await.is_ok() {
            return;
        }
        sleep(pause).await;
    }
}
