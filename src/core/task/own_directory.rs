use std::{path::PathBuf, sync::Arc};

use crate::{
    config::id::SandboxId,
    error::{Code, Error, Result},
    hex::random_hex,
    store::{data_directory::DataDirectory, lease::Lease},
    workspace::{delete::delete_directory, directory::create},
};

/// A random id for a task.
///
/// # Errors
/// `INTERNAL` when the system has no random numbers.
pub fn random_id() -> Result<SandboxId> {
    let random = random_hex::<6>().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    SandboxId::try_from(format!("task-{random}"))
}

/// A new directory for one task. No sweep removes it while the task runs.
pub struct OwnDirectory {
    directory: Arc<DataDirectory>,
    id: SandboxId,
    lease: Lease,
}

impl OwnDirectory {
    /// Creates the directory.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub async fn make(directory: Arc<DataDirectory>) -> Result<Self> {
        let id = random_id()?;
        let _lock = directory.locks.take(&id).await?;
        create(&directory, &id)?;
        let lease = directory.leases.take(&id)?;
        Ok(Self { directory, id, lease })
    }

    /// The directory's path.
    pub fn path(&self) -> PathBuf {
        self.directory.workspace_here(&self.id)
    }

    /// Deletes the directory with everything in it.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub async fn remove(self) -> Result<()> {
        let path = self.path();
        let Self { directory, id, lease } = self;
        let lock = directory.locks.take(&id).await?;
        delete_directory(path).await?;
        drop(lease);
        directory.forget(&id, &lock)
    }
}
