use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::{
    agent::command::{Progress, Running},
    engine::{
        Engine,
        container::{Limits, State},
    },
    runtime,
};

/// How long after its caller has left a command may take to be dead before the whole container is killed.
const LAST_RESORT: Duration = Duration::from_secs(2);

/// As much processor time as there is.
const UNLIMITED: i64 = -1;

/// Help from outside for a sandbox whose agent does not answer in time.
pub struct Rescue {
    engine: Arc<Engine>,
    container: String,
    limits: Limits,
}

impl Rescue {
    /// For this container, which has these limits.
    pub fn new(engine: Arc<Engine>, container: String, limits: Limits) -> Self {
        Self { engine, container, limits }
    }

    /// Wakes the container if it was paused.
    pub async fn attend(&self) {
        if let Ok(Some(container)) = self.engine.find_container(&self.container).await
            && container.state == State::Paused
        {
            // A failure shows in what the caller waits for.
            let _ = self.engine.unpause_container(&self.container).await;
        }
    }

    /// Lifts the limit on processor time: an agent that a fork bomb starves can't end it.
    pub fn hurry(&self) {
        self.set_cpu_quota(UNLIMITED);
    }

    /// Sets the limit on processor time again.
    pub fn restore(&self) {
        self.set_cpu_quota(self.limits.cpu_quota);
    }

    /// Sees a command to its end after its caller has left. Where the agent does not manage, the container is
    /// killed: the workspace stays, and the next use starts it again.
    pub fn abandon(&self, mut running: Running) {
        running.kill();
        let (engine, container, limits) = (Arc::clone(&self.engine), self.container.clone(), self.limits);
        runtime::spawn(async move {
            let ended = timeout(LAST_RESORT, async {
                while let Ok(progress) = running.advance().await {
                    if let Progress::Exited(_) | Progress::NotStarted(..) = progress {
                        return true;
                    }
                }
                false
            });
            let _ = match ended.await {
                Ok(true) => engine.update_limits(&container, limits).await,
                // The link has ended by itself, and with it the command.
                Ok(false) => Ok(()),
                Err(_) => engine.kill_container(&container).await,
            };
        });
    }

    fn set_cpu_quota(&self, cpu_quota: i64) {
        let (engine, container) = (Arc::clone(&self.engine), self.container.clone());
        let limits = Limits { cpu_quota, ..self.limits };
        // Nobody waits for it, and it may fail: the container may be gone.
        runtime::spawn(async move { engine.update_limits(&container, limits).await });
    }
}
