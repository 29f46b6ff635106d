use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{State, find};
use crate::engine::{
    Engine,
    http::{Request, segment},
};
use crate::error::{Code, Result};

/// How long to wait for a removal that another process has begun.
const REMOVAL: Duration = Duration::from_secs(30);

/// How Podman refuses to remove a container that has just ended.
const ENDED_MEANWHILE: &str = "as it could not be stopped";

/// How often to check whether it is done.
const POLL: Duration = Duration::from_millis(20);

/// Removes a container, with `force` also a running one, and with `volumes` its anonymous volumes. `false` if it did not exist,
/// or if another process removed it meanwhile; that is waited for.
///
/// # Errors
/// `CONFLICT` if it runs and `force` is not set; those of any call.
pub async fn remove(engine: &Engine, id: &str, force: bool, volumes: bool) -> Result<bool> {
    let ask = async || {
        let request = Request::delete("remove a container", format!("/containers/{}", segment(id)));
        engine.ask(request.query("force", force).query("v", volumes).long()).await
    };
    let begun = Instant::now();
    let error = loop {
        match ask().await {
            Ok(_) => return Ok(true),
            // It ended between two steps of Podman's.
            Err(error) if error.message().contains(ENDED_MEANWHILE) && begun.elapsed() < REMOVAL => {
                sleep(POLL).await;
            }
            Err(error) => break error,
        }
    };
    if !matches!(error.code(), Code::NotFound | Code::Conflict | Code::EngineError) {
        return Err(error);
    }
    let in_progress = error.message().contains("already in progress");
    while let Some(found) = find(engine, id).await? {
        if !(in_progress || found.state == State::Gone) || begun.elapsed() >= REMOVAL {
            return Err(error);
        }
        sleep(POLL).await;
    }
    Ok(false)
}
