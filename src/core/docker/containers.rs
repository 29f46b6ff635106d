//! Any containers.

use super::{ContainerConfig, Manager, name, networks};
use crate::{
    engine::api::container,
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
    /// Remove it with its anonymous volumes.
    Remove {
        /// Even if it runs.
        force: bool,
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
    if let Some(network) = config.network_without_dns() {
        body["HostConfig"]["Dns"] = networks::name_servers(&engine, network).await?.into();
    }
    match container::create(&engine, config.name(), &body).await {
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
        Change::Stop(seconds) => container::stop(&engine, id, seconds.map(i64::from)).await,
        Change::Restart(seconds) => container::restart(&engine, id, seconds.map(i64::from)).await,
        Change::Pause => container::pause(&engine, id).await,
        Change::Unpause => container::unpause(&engine, id).await,
        Change::Kill(signal) => {
            let signal = signal.as_deref().map(|signal| valid_signal("signal", signal)).transpose()?;
            container::kill(&engine, id, signal).await
        }
        Change::Remove { force } => container::remove(&engine, id, force).await,
    }
}

/// Waits until a container has ended and returns its exit code.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn wait(manager: &Manager, id: &str) -> Result<i64> {
    let id = name::container(id)?;
    let code = container::wait(&*manager.engine().await?, id).await?;
    code.ok_or_else(|| Error::new(Code::EngineError, "the engine did not report the container's exit code"))
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
