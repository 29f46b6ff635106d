use std::time::Duration;

use hyper::{Method, StatusCode};
use tokio::time::{Instant, sleep};

use super::{Manager, container};
use crate::{
    engine::{
        container::State,
        http::{Request, segment},
    },
    error::{Code, Error, Result},
};

/// How long the removal of a container by somebody else may take.
const REMOVAL: Duration = Duration::from_secs(30);

/// How often it is looked whether it is done.
const LOOK: Duration = Duration::from_millis(20);

/// A change of a container's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It runs.
    Start,
    /// It has ended: by its stop signal, by `SIGKILL` after so many seconds.
    Stop(Option<u32>),
    /// Stopped and started.
    Restart(Option<u32>),
    /// Its processes are frozen.
    Pause,
    /// They go on.
    Unpause,
    /// It was sent a signal, by name or number.
    Kill(String),
    /// It is gone, with its anonymous volumes.
    Remove {
        /// Also one that runs.
        force: bool,
    },
}

impl Manager {
    /// Changes a container's state. `false` when there was nothing to do: started and running already, stopped and not
    /// running, removed and not there.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such container to be changed; `CONFLICT` when its state does not allow it, as in
    /// removing one that runs; those of any call.
    pub async fn change(&self, id: &str, change: Change) -> Result<bool> {
        let engine = self.engine().await?;
        let name = container(id)?;
        match engine.ask(change.request(name)?).await {
            Ok(answer) => Ok(answer.status != StatusCode::NOT_MODIFIED),
            Err(error) => self.unless_done(name, &change, error).await,
        }
    }

    /// What the engine refuses because it is so already is no error.
    async fn unless_done(&self, name: &str, change: &Change, error: Error) -> Result<bool> {
        // Older engines say 500 of a container that is not paused.
        if !matches!(error.code(), Code::NotFound | Code::Conflict | Code::EngineError) {
            return Err(error);
        }
        let engine = self.engine().await?;
        if let Change::Remove { .. } = change {
            // Somebody else removes it at this moment, or has.
            let removal = error.message().contains("already in progress");
            let begun = Instant::now();
            while let Some(found) = engine.find_container(name).await? {
                if !(removal || found.state == State::Gone) || begun.elapsed() >= REMOVAL {
                    return Err(error);
                }
                sleep(LOOK).await;
            }
            return Ok(false);
        }
        let Some(found) = engine.find_container(name).await? else { return Err(error) };
        let done = match change {
            Change::Stop(_) | Change::Kill(_) => matches!(found.state, State::Created | State::Exited),
            Change::Pause => found.state == State::Paused,
            Change::Start | Change::Unpause => found.state == State::Running,
            Change::Restart(_) | Change::Remove { .. } => false,
        };
        if done { Ok(false) } else { Err(error.detail("state", found.state.as_str())) }
    }
}

impl Change {
    fn request(&self, name: &str) -> Result<Request> {
        let post = |what, verb: &str| {
            Request::new(what, Method::POST, format!("/containers/{}/{verb}", segment(name))).long()
        };
        let within = |request: Request, seconds: Option<u32>| match seconds {
            Some(seconds) => request.query("t", seconds),
            None => request,
        };
        Ok(match self {
            Self::Start => post("start a container", "start"),
            Self::Stop(seconds) => within(post("stop a container", "stop"), *seconds),
            Self::Restart(seconds) => within(post("restart a container", "restart"), *seconds),
            Self::Pause => post("pause a container", "pause"),
            Self::Unpause => post("unpause a container", "unpause"),
            Self::Kill(signal) => post("kill a container", "kill").query("signal", valid_signal(signal)?),
            Self::Remove { force } => {
                Request::new("remove a container", Method::DELETE, format!("/containers/{}", segment(name)))
                    .query("force", force)
                    .query("v", true)
                    .long()
            }
        })
    }
}

fn valid_signal(signal: &str) -> Result<&str> {
    let name = signal.strip_prefix("SIG").unwrap_or(signal);
    if !name.is_empty()
        && name.len() <= 16
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-')
    {
        return Ok(signal);
    }
    Err(Error::invalid("signal", format!("signal is a name such as 'SIGTERM' or a number, not {signal:?}")))
}
