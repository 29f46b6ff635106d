//! Any containers.

use std::time::Duration;

use serde_json::Value;

use super::{ContainerConfig, Manager, config, name, networks};
use crate::{
    engine::{Engine, api::container, seccomp_file},
    error::{Code, Error, Result},
};

/// A change of a container's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Start it.
    Start,
    /// Stop it: by its stop signal, and by `SIGKILL` after so many seconds.
    Stop(Option<u32>),
    /// Stop it, then start it.
    Restart(Option<u32>),
    /// Freeze its processes.
    Pause,
    /// Resume its processes.
    Unpause,
    /// Send a signal, by name or number, to its first process; `SIGKILL` by default.
    Kill(Option<String>),
    /// Remove it.
    Remove {
        /// Even if it runs.
        force: bool,
        /// With its anonymous volumes.
        volumes: bool,
    },
}

/// Describes a container.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn inspect(manager: &Manager, id: &str) -> Result<String> {
    let id = name::container(id)?;
    container::inspect(&*manager.engine().await?, id).await?.text()
}

/// Lists containers: the running ones or all, those that match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn list(manager: &Manager, all: bool, filters: Option<String>) -> Result<String> {
    container::list(&*manager.engine().await?, all, filters).await?.text()
}

/// Creates a container and returns its id.
///
/// # Errors
/// `INVALID_ARGUMENT`; `ALREADY_EXISTS` if the name is taken; `IMAGE_NOT_FOUND`; those of any call.
pub async fn create(manager: &Manager, config: &ContainerConfig) -> Result<String> {
    let engine = manager.engine().await?;
    let mut body = config.body();
    if let Some(network) = config.network()
        && let Some(found) = networks::to_join(&engine, network).await?
    {
        body["HostConfig"]["NetworkMode"] = found.name.into();
        if !config.has_dns() {
            body["HostConfig"]["Dns"] = found.dns.into();
        }
    }
    // The engine reads the file now and not later.
    let profile = seccomp_file::as_file(&engine, &mut body).await?;
    let created = container::create(&engine, config.name(), config.platform(), &body).await;
    drop(profile);
    match created.map_err(seccomp_file::explain_unseen) {
        Err(error) if error.code() == Code::Conflict => {
            let message = error.message().to_owned();
            Err(Error::new(Code::AlreadyExists, message).detail("name", config.name().map(str::to_owned)))
        }
        outcome => outcome,
    }
}

/// Changes a container's state. `false` if there was nothing to do: started while running, stopped while not running,
/// removed while it did not exist.
///
/// # Errors
/// `NOT_FOUND` if the container does not exist; `CONFLICT` if its state does not allow the change, such as removing a
/// running container; those of any call.
pub async fn change(manager: &Manager, id: &str, change: Change) -> Result<bool> {
    let engine = manager.engine().await?;
    let id = name::container(id)?;
    match change {
        Change::Start => container::start(&engine, id).await,
        Change::Stop(seconds) => {
            let own = own_grace(&engine, id, seconds).await?;
            container::stop(&engine, id, seconds.map(i64::from), own).await
        }
        Change::Restart(seconds) => {
            let own = own_grace(&engine, id, seconds).await?;
            container::restart(&engine, id, seconds.map(i64::from), own).await
        }
        Change::Pause => container::pause(&engine, id).await,
        Change::Unpause => container::unpause(&engine, id).await,
        Change::Kill(signal) => {
            let signal = signal.as_deref().map(|signal| valid_signal("signal", signal)).transpose()?;
            container::kill(&engine, id, signal).await
        }
        Change::Remove { force, volumes } => container::remove(&engine, id, force, volumes).await,
    }
}

/// How long a container is given to stop: what was asked for, or its own setting.
async fn own_grace(engine: &Engine, id: &str, asked: Option<u32>) -> Result<Duration> {
    // The engine's default.
    const USUAL: u64 = 10;
    if let Some(seconds) = asked {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let inspection: Value = container::inspect(engine, id).await?.json()?;
    let own = inspection.pointer("/Config/StopTimeout").and_then(Value::as_u64);
    Ok(Duration::from_secs(own.unwrap_or(USUAL)))
}

/// Waits for a container and returns its exit code: until it is not running, until it ends the next time (`next-exit`), or until it is
/// removed (`removed`).
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn wait(manager: &Manager, id: &str, condition: Option<&str>) -> Result<i64> {
    const CONDITIONS: [&str; 3] = ["not-running", "next-exit", "removed"];
    let id = name::container(id)?;
    if let Some(condition) = condition.filter(|condition| !CONDITIONS.contains(condition)) {
        let message = format!("condition must be one of {}, not {condition:?}", CONDITIONS.join(", "));
        return Err(Error::invalid("condition", message));
    }
    let code = container::wait(&*manager.engine().await?, id, condition).await?;
    code.ok_or_else(|| Error::new(Code::EngineError, "the engine did not report the container's exit code"))
}

/// Renames a container.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; `ALREADY_EXISTS` if the name is taken; those of any call.
pub async fn rename(manager: &Manager, id: &str, new: &str) -> Result<()> {
    let id = name::container(id)?;
    name::new_container(new)?;
    let renamed = container::rename(&*manager.engine().await?, id, new).await;
    renamed.map_err(|error| match error.code() {
        Code::Conflict => {
            Error::new(Code::AlreadyExists, error.message().to_owned()).detail("name", new.to_owned())
        }
        _ => error,
    })
}

/// Changes the limits and the restart policy of a container (JSON); the engine's warnings, as JSON.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn update(manager: &Manager, id: &str, update: &str) -> Result<String> {
    let body = config::update(update)?;
    let id = name::container(id)?;
    container::update(&*manager.engine().await?, id, &body).await?.text()
}

/// The processes of a running container, as the engine lists them; `arguments` are those of `ps`.
///
/// # Errors
/// `NOT_FOUND`; `CONFLICT` if it is not running; those of any call.
pub async fn top(manager: &Manager, id: &str, arguments: Option<&str>) -> Result<String> {
    let id = name::container(id)?;
    container::top(&*manager.engine().await?, id, arguments).await?.text()
}

/// What a container has changed in its image's file system, as the engine lists it.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn changes(manager: &Manager, id: &str) -> Result<String> {
    let id = name::container(id)?;
    container::changes(&*manager.engine().await?, id).await?.text()
}

/// Removes the containers that are not running and match the filters (JSON).
///
/// # Errors
/// Those of any call.
pub async fn prune(manager: &Manager, filters: Option<String>) -> Result<String> {
    container::prune(&*manager.engine().await?, filters).await?.text()
}

/// Checks a signal's name or number.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the option.
pub(super) fn valid_signal<'a>(option: &'static str, signal: &'a str) -> Result<&'a str> {
    let name = signal.strip_prefix("SIG").unwrap_or(signal);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-';
    if (1..=16).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(signal);
    }
    Err(Error::invalid(
        option,
        format!("{option} must be a name such as 'SIGTERM' or a number, not {signal:?}"),
    ))
}
