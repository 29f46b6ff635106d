//! Why a link was lost.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::find::find;
use crate::{engine::container::State, error::Error, site::Definition};

/// How long the container is examined.
const PATIENCE: Duration = Duration::from_secs(1);

/// The exit code of a container whose agent was ended by `SIGKILL`.
const KILLED: i64 = 137;

/// The detail of an error that says what became of the container.
const CONTAINER: &str = "container";

/// How often.
const LOOK: Duration = Duration::from_millis(20);

/// Adds to the error of a lost link what became of the container.
pub async fn explain(definition: &Definition, error: Error) -> Error {
    // The stream ends before the engine knows that the container has.
    let ended = async {
        loop {
            match find(definition).await {
                Ok(Some(container)) if container.state == State::Running => sleep(LOOK).await,
                found => break found,
            }
        }
    };
    match timeout(PATIENCE, ended).await {
        Ok(Ok(None)) => error.detail(CONTAINER, "removed"),
        Ok(Ok(Some(container))) => {
            let error = error.detail(CONTAINER, container.state.as_str());
            if container.state != State::Exited {
                return error;
            }
            let error = error.detail("exitCode", container.exit_code);
            if container.oom_killed && container.exit_code == Some(KILLED) {
                return error.detail("oomKilled", true).hint("raise memory, or make the commands use less");
            }
            error
        }
        Ok(Err(failure)) => error.detail(CONTAINER, failure.message().to_owned()),
        // Or the engine does not answer.
        Err(_) => error.detail(CONTAINER, "running"),
    }
}

/// Whether an error that was explained says that the container runs on.
pub fn still_runs(error: &Error) -> bool {
    error.details().get(CONTAINER).is_some_and(|state| state == "running")
}
