//! Files of any container but a sandbox's, as tar archives.

use serde_json::Value;

use super::{
    Manager,
    bytes::{Archive, Download},
    name,
};
pub use crate::engine::api::container::Extraction;
use crate::{
    engine::{Engine, api::container},
    error::{Code, Error, Result},
    label,
};

/// What a path in a container is, as JSON.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; `CONFLICT` for a sandbox's container; those of any call.
pub async fn stat(manager: &Manager, id: &str, path: &str) -> Result<String> {
    let engine = manager.engine().await?;
    let id = plain(&engine, id, valid(path)?).await?;
    container::stat(&engine, &id, path).await.map(|stat| stat.to_string())
}

/// A file or directory of a container, running or not, as a tar archive.
///
/// # Errors
/// As [`stat`].
pub async fn get(manager: &Manager, id: &str, path: &str) -> Result<Download> {
    let engine = manager.engine().await?;
    let id = plain(&engine, id, valid(path)?).await?;
    container::read(&engine, &id, path).await.map(Download::new)
}

/// Extracts a tar archive into a directory of a container, running or not.
///
/// # Errors
/// As [`stat`]; `ENGINE_ERROR` for what is no archive.
pub async fn put(manager: &Manager, id: &str, path: &str, how: Extraction, archive: Archive) -> Result<()> {
    let engine = manager.engine().await?;
    let id = plain(&engine, id, valid(path)?).await?;
    container::extract(&engine, &id, path, how, archive.upload()).await
}

/// The file system of a container without its mounts, as a tar archive.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn export(manager: &Manager, id: &str) -> Result<Download> {
    let id = name::container(id)?;
    container::export(&*manager.engine().await?, id).await.map(Download::new)
}

fn valid(path: &str) -> Result<&str> {
    if path.is_empty() || path.contains('\0') {
        return Err(Error::invalid("path", format!("path must be a path in the container, not {path:?}")));
    }
    Ok(path)
}

/// The id of a container that is no sandbox's. The engine, as root, would read and write at any path there, and follow links that hostile
/// code changes meanwhile.
async fn plain(engine: &Engine, id: &str, path: &str) -> Result<String> {
    let id = name::container(id)?;
    let inspected: Value = container::inspect(engine, id).await?.json()?;
    if inspected["Config"]["Labels"].get(label::SANDBOX).is_some() {
        let message = format!("{id} is the container of a sandbox: {path} is not read or written as root");
        return Err(Error::new(Code::Conflict, message)
            .hint("use readFile and writeFile of DockerSandbox, or copyTo and copyFrom of SandboxManager"));
    }
    // By the id, which can't come to mean another container.
    let found = inspected["Id"].as_str().map(str::to_owned);
    found.ok_or_else(|| Error::new(Code::EngineError, "the engine's description of a container has no Id"))
}
