//! The names that may be sent to the engine.

use crate::{
    config::id::SandboxId,
    error::{Error, Result},
};

const RULE: &str = "must start with a letter or digit and contain only A-Z a-z 0-9 . _ -";

/// Checks the id or name of a container; a leading slash is removed.
///
/// # Errors
/// `INVALID_ARGUMENT` for `id`.
pub fn container(id: &str) -> Result<&str> {
    object(id)
        .ok_or_else(|| Error::invalid("id", format!("the id or name of a container {RULE}, not {id:?}")))
}

/// Checks the name for a new container.
///
/// # Errors
/// `INVALID_ARGUMENT` for `name`.
pub fn new_container(name: &str) -> Result<&str> {
    object(name)
        .ok_or_else(|| Error::invalid("name", format!("the name of a container {RULE}, not {name:?}")))
}

/// Checks the id or name of a network; a leading slash is removed.
///
/// # Errors
/// `INVALID_ARGUMENT` for `networkId`.
pub fn network(id: &str) -> Result<&str> {
    let wrong = || Error::invalid("networkId", format!("the id or name of a network {RULE}, not {id:?}"));
    object(id).ok_or_else(wrong)
}

/// Checks the name for a new network.
///
/// # Errors
/// `INVALID_ARGUMENT` for `name`.
pub fn new_network(name: &str) -> Result<&str> {
    object(name).ok_or_else(|| Error::invalid("name", format!("the name of a network {RULE}, not {name:?}")))
}

/// Checks the name of a volume.
///
/// # Errors
/// `INVALID_ARGUMENT` for `name`.
pub fn volume(name: &str) -> Result<&str> {
    object(name).ok_or_else(|| Error::invalid("name", format!("the name of a volume {RULE}, not {name:?}")))
}

/// Checks the name or id of an image.
///
/// # Errors
/// `INVALID_ARGUMENT` for `image`.
pub fn image(name: &str) -> Result<&str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
    let begins = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if begins && name.len() <= 1024 && name.bytes().all(allowed) && !name.contains("..") {
        return Ok(name);
    }
    Err(Error::invalid("image", format!("{name:?} is not the name of an image, such as ai-sandbox:latest")))
}

fn object(name: &str) -> Option<&str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let name = name.strip_prefix('/').unwrap_or(name);
    let valid = name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.bytes().all(allowed);
    valid.then_some(name)
}

/// Checks the id of a task.
///
/// # Errors
/// `INVALID_ARGUMENT` for `taskId`.
pub fn task(id: &str) -> Result<SandboxId> {
    SandboxId::try_from(id.to_owned()).map_err(|error| Error::invalid("taskId", error.message().to_owned()))
}
