use std::time::Duration;

use serde_json::{Value, json};

use super::{CPU_PERIOD, Limits, State, find};
use crate::engine::{
    Engine,
    http::{Answer, Request, segment},
};
use crate::error::{Code, Result};

/// Starts a container; `false` if it was running already.
///
/// # Errors
/// `NOT_FOUND`; those of any call, with `details.state` if the engine refuses.
pub async fn start(engine: &Engine, id: &str) -> Result<bool> {
    change(engine, id, post("start a container", id, "start"), |state| state == State::Running).await
}

/// Stops a container: by its stop signal, and by `SIGKILL` after `grace` seconds (default: the container's own, or
/// 10). `false` if it was not running. The engine is given `expected` on top of its deadline.
///
/// # Errors
/// As [`start`].
pub async fn stop(engine: &Engine, id: &str, grace: Option<i64>, expected: Duration) -> Result<bool> {
    let request = post("stop a container", id, "stop").query_if("t", grace).busy_for(expected);
    change(engine, id, request, is_ended).await
}

/// Stops a container if it runs, then starts it; see [`stop`].
///
/// # Errors
/// As [`start`].
pub async fn restart(engine: &Engine, id: &str, grace: Option<i64>, expected: Duration) -> Result<bool> {
    let request = post("restart a container", id, "restart").query_if("t", grace).busy_for(expected);
    change(engine, id, request, |_| false).await
}

/// Sends a signal, by name or number (default: `SIGKILL`), to the first process; `false` if it was not running.
///
/// # Errors
/// As [`start`].
pub async fn kill(engine: &Engine, id: &str, signal: Option<&str>) -> Result<bool> {
    change(engine, id, post("kill a container", id, "kill").query_if("signal", signal), is_ended).await
}

/// Freezes all processes of a container; `false` if it was paused already.
///
/// # Errors
/// As [`start`].
pub async fn pause(engine: &Engine, id: &str) -> Result<bool> {
    change(engine, id, post("pause a container", id, "pause"), |state| state == State::Paused).await
}

/// Resumes a paused container; `false` if it was running already.
///
/// # Errors
/// As [`start`].
pub async fn unpause(engine: &Engine, id: &str) -> Result<bool> {
    change(engine, id, post("unpause a container", id, "unpause"), |state| state == State::Running).await
}

/// Renames a container.
///
/// # Errors
/// `CONFLICT` if the name is taken; those of any call.
pub async fn rename(engine: &Engine, id: &str, name: &str) -> Result<()> {
    let path = format!("/containers/{}/rename", segment(id));
    engine.ask(Request::post("rename a container", path).query("name", name)).await.map(drop)
}

/// Changes the limits of a container, running or not.
///
/// # Errors
/// Those of any call.
pub async fn update_limits(engine: &Engine, id: &str, limits: Limits) -> Result<()> {
    let body = json!({
        "Memory": limits.memory,
        "MemorySwap": limits.memory,
        "CpuPeriod": CPU_PERIOD,
        "CpuQuota": limits.cpu_quota,
        "PidsLimit": limits.pids,
    });
    update(engine, id, &body).await.map(drop)
}

/// Changes settings of a container, running or not.
///
/// # Errors
/// Those of any call.
pub async fn update(engine: &Engine, id: &str, settings: &Value) -> Result<Answer> {
    let path = format!("/containers/{}/update", segment(id));
    engine.ask(Request::post("change a container's limits", path).json(settings)).await
}

fn post(what: &'static str, id: &str, verb: &str) -> Request {
    Request::post(what, format!("/containers/{}/{verb}", segment(id))).long()
}

fn is_ended(state: State) -> bool {
    matches!(state, State::Created | State::Exited)
}

/// Makes a change. A refusal because of a state that `is_done` accepts is not an error.
async fn change(
    engine: &Engine,
    id: &str,
    request: Request,
    is_done: impl Fn(State) -> bool + Send,
) -> Result<bool> {
    let error = match engine.ask(request).await {
        Ok(answer) => return Ok(answer.is_change()),
        Err(error) => error,
    };
    // Older engines answer 500 when a container is not paused.
    if !matches!(error.code(), Code::NotFound | Code::Conflict | Code::EngineError) {
        return Err(error);
    }
    match find(engine, id).await? {
        Some(found) if is_done(found.state) => Ok(false),
        Some(found) => Err(error.detail("state", found.state.as_str())),
        None => Err(error),
    }
}
