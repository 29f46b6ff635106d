//! Exclusive access to a sandbox.

use std::{fs::File, sync::Arc};

use super::Definition;
use crate::{engine::Engine, error::Result, store::data_directory::DataDirectory};

/// A sandbox whose lock this process holds: only its holder may create, start, stop, replace or remove the container.
pub struct Locked {
    /// The sandbox.
    pub definition: Definition,
    /// Its engine.
    pub engine: Arc<Engine>,
    /// Its data directory.
    pub directory: Arc<DataDirectory>,
    /// The lock. Work on other threads holds a clone of it until that work is done.
    pub lock: File,
}

impl Locked {
    /// Waits for the lock.
    ///
    /// # Errors
    /// `TIMEOUT` when another process holds it for 2 minutes; `FILE_ERROR`; those of opening the site.
    pub async fn wait(definition: &Definition) -> Result<Self> {
        let (engine, directory) = definition.site.open().await?;
        let lock = directory.locks.take(&definition.id).await?;
        Ok(Self { definition: definition.clone(), engine, directory, lock })
    }

    /// Takes the lock of an unused sandbox; `None` while another holder has its lock or a lease on it. Leases are only
    /// taken by the lock's holder, so none can appear until it is released.
    ///
    /// # Errors
    /// `FILE_ERROR`; those of opening the site.
    pub async fn unless_used(definition: &Definition) -> Result<Option<Self>> {
        let (engine, directory) = definition.site.open().await?;
        let Some(lock) = directory.locks.try_take(&definition.id)? else { return Ok(None) };
        if directory.leases.is_held(&definition.id)? {
            return Ok(None);
        }
        Ok(Some(Self { definition: definition.clone(), engine, directory, lock }))
    }

    /// The name of the sandbox's container.
    pub fn container_name(&self) -> String {
        self.directory.container_name(&self.definition.id)
    }
}
