//! Sessions: sandboxes that are made on purpose, each with options of its own, and last until they are destroyed.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    directory::session_path, handle::Sandbox, id::SandboxId, info::DiskInfo, options::Options,
    record::Record, registry::Sandboxes,
};
use crate::{
    engine::container::State,
    error::{Code, Error, Result},
    hex::random_hex,
};

/// A session at the moment.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// What it was made with.
    pub record: Record,
    /// Its container, when there is one.
    pub container: Option<(String, State)>,
    /// How much its files may take.
    pub disk: DiskInfo,
    /// When it was last used.
    pub last_activity: SystemTime,
}

impl Sandboxes {
    /// Writes a session down and makes its sandbox run; its id, which is a random one when none is given.
    ///
    /// # Errors
    /// `ALREADY_EXISTS`, `INVALID_ARGUMENT`, and as [`Sandbox::ensure`]: then no session is left.
    pub async fn create_session(
        &self,
        id: Option<String>,
        options: Options,
        metadata: String,
    ) -> Result<Arc<Sandbox>> {
        let id = match id {
            Some(id) => id,
            None => random_hex().map_err(|error| Error::new(Code::Internal, error.to_string()))?,
        };
        let valid = SandboxId::try_from(id.clone())?;
        options.validate()?;
        // Makes the directory that the record is written to.
        self.context().directory().await?;
        let path = self.session_path(&valid);
        Record { options, metadata, created: milliseconds(SystemTime::now()) }
            .write_new(&path)
            .map_err(|error| error.detail("id", id.clone()))?;
        let sandbox = self.get(id.clone())?;
        match sandbox.ensure().await {
            Ok(_) => Ok(sandbox),
            Err(error) => {
                // What can't be removed now is a session that is listed, and can be destroyed.
                let _ = self.destroy_session(id).await;
                Err(error)
            }
        }
    }

    /// Removes a session with its container and its files. One that is not there is fine.
    ///
    /// # Errors
    /// Those of the engine; `FILE_ERROR`. The session is then still there.
    pub async fn destroy_session(&self, id: String) -> Result<bool> {
        let valid = SandboxId::try_from(id.clone())?;
        let path = self.session_path(&valid);
        if Record::read(&path)?.is_none() {
            return Ok(false);
        }
        let sandbox = self.get(id)?;
        sandbox.remove(true).await?;
        self.forget(&sandbox);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(super::directory::failed("remove the session", &path, &error))
            }
            _ => Ok(true),
        }
    }

    /// A session at the moment.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of the engine.
    pub async fn session(&self, id: String) -> Result<Session> {
        let id = SandboxId::try_from(id)?;
        let record = self.record(&id)?;
        let container = self.context().find(&id).await?.map(|container| (container.id, container.state));
        self.describe(&id, record, container).await
    }

    /// All sessions of the data directory, whichever process made them, the oldest first.
    ///
    /// # Errors
    /// Those of the engine; `FILE_ERROR`.
    pub async fn sessions(&self) -> Result<Vec<Session>> {
        let containers = self.list().await?;
        let directory = self.context().directory().await?;
        let mut sessions = Vec::new();
        for id in directory.sessions()? {
            // One that is being destroyed may be gone by now.
            let Some(record) = Record::read(&self.session_path(&id))? else { continue };
            let container = containers.iter().find(|container| container.id == id.as_str());
            let container = container.map(|container| (container.container_id.clone(), container.state));
            sessions.push(self.describe(&id, record, container).await?);
        }
        sessions.sort_by_key(|session| session.record.created);
        Ok(sessions)
    }

    /// What was written down of a session.
    pub(super) fn record(&self, id: &SandboxId) -> Result<Record> {
        Record::read(&self.session_path(id))?.ok_or_else(|| {
            Error::new(Code::NotFound, format!("there is no session {id}")).detail("id", id.as_str())
        })
    }

    async fn describe(
        &self,
        id: &SandboxId,
        record: Record,
        container: Option<(String, State)>,
    ) -> Result<Session> {
        let created = UNIX_EPOCH + Duration::from_millis(record.created);
        let directory = self.context().directory().await?;
        let last_activity = directory.last_activity(id).unwrap_or(created);
        let disk = DiskInfo::of(&record.options, &directory, id)?;
        Ok(Session { id: id.to_string(), record, container, disk, last_activity })
    }

    fn session_path(&self, id: &SandboxId) -> PathBuf {
        session_path(&self.context().options.data_dir, id)
    }
}

/// Milliseconds since 1970.
#[must_use]
pub fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
