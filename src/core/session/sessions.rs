//! Creating, finding and destroying sessions.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::Session;
use crate::{
    config::{id::SandboxId, options::Options},
    container::find::find,
    engine::container::State,
    error::{Code, Error, Result},
    events::Event,
    hex::random_hex,
    sandbox::{Sandbox, Sandboxes},
    store::record::Record,
    workspace::limit::DiskInfo,
};

/// Creates a session and starts its sandbox. Without an id, a random one is used.
///
/// # Errors
/// `ALREADY_EXISTS`, `INVALID_ARGUMENT`, and as [`Sandbox::ensure`]; then no session is left.
pub async fn create(
    sandboxes: &Sandboxes,
    id: Option<String>,
    options: Options,
    metadata: String,
) -> Result<Arc<Sandbox>> {
    let id = match id {
        Some(id) => id,
        None => random_hex::<6>().map_err(|error| Error::new(Code::Internal, error.to_string()))?,
    };
    let valid = SandboxId::try_from(id.clone())?;
    options.validate()?;
    // Creates the directory for the record.
    let directory = sandboxes.site().directory().await?;
    let record = Record { options, metadata: metadata.clone(), created: milliseconds(SystemTime::now()) };
    directory.records.add(&valid, &record)?;
    let hold = sandboxes.events().hold(&id);
    let sandbox = sandboxes.get(id.clone())?;
    match sandbox.ensure().await {
        Ok(_) => {
            hold.release(Event::Created { id, metadata });
            Ok(sandbox)
        }
        Err(error) => {
            // If this fails too, the session is listed and can be destroyed.
            let _ = destroy(sandboxes, id).await;
            Err(error)
        }
    }
}

/// Removes a session with its container and its files. `false` if there is no such session.
///
/// # Errors
/// `FILE_ERROR`; those of the engine. The session then still exists.
pub async fn destroy(sandboxes: &Sandboxes, id: String) -> Result<bool> {
    let valid = SandboxId::try_from(id.clone())?;
    let records = sandboxes.site().records();
    if records.find(&valid)?.is_none() {
        return Ok(false);
    }
    let sandbox = sandboxes.get(id)?;
    sandbox.remove(true).await?;
    sandboxes.forget(&sandbox);
    records.remove(&valid)?;
    sandboxes.events().push(Event::Destroyed { id: valid.to_string() });
    Ok(true)
}

/// A session at the moment.
///
/// # Errors
/// `NOT_FOUND`, `FILE_ERROR`; those of the engine.
pub async fn get(sandboxes: &Sandboxes, id: String) -> Result<Session> {
    let id = SandboxId::try_from(id)?;
    let record = sandboxes.site().records().get(&id)?;
    let container = find(&sandboxes.define(&id)).await?.map(|container| (container.id, container.state));
    describe(sandboxes, &id, record, container).await
}

/// All sessions of the data directory, whichever process created them, oldest first.
///
/// # Errors
/// `FILE_ERROR`; those of the engine.
pub async fn list(sandboxes: &Sandboxes) -> Result<Vec<Session>> {
    let containers = sandboxes.list().await?;
    let directory = sandboxes.site().directory().await?;
    let mut sessions = Vec::new();
    for id in directory.records.ids()? {
        // One that is being destroyed may be gone by now.
        let Some(record) = directory.records.find(&id)? else { continue };
        let container = containers.iter().find(|container| container.id == id.as_str());
        let container = container.map(|container| (container.container_id.clone(), container.state));
        sessions.push(describe(sandboxes, &id, record, container).await?);
    }
    sessions.sort_by_key(|session| session.record.created);
    Ok(sessions)
}

async fn describe(
    sandboxes: &Sandboxes,
    id: &SandboxId,
    record: Record,
    container: Option<(String, State)>,
) -> Result<Session> {
    let created = UNIX_EPOCH + Duration::from_millis(record.created);
    let directory = sandboxes.site().directory().await?;
    let last_activity = directory.leases.last_activity(id).unwrap_or(created);
    let disk = DiskInfo::of(&record.options, &directory, id)?;
    Ok(Session { id: id.to_string(), record, container, disk, last_activity })
}

/// Milliseconds since 1970.
#[must_use]
pub fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
