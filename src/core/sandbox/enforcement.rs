use super::{
    directory::{DataDirectory, disk_failed},
    id::SandboxId,
    info::DiskInfo,
    options::Options,
};
use crate::error::Result;

/// What keeps a workspace within its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// Nothing: there is no limit.
    None,
    /// Those who write are stopped, some time after they have gone past so many bytes.
    Soft(u64),
    /// The file system: it has so many bytes.
    Hard(u64),
}

impl Enforcement {
    /// What keeps the workspace of a sandbox within its limit, as it is now.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn of(options: &Options, directory: &DataDirectory, id: &SandboxId) -> Result<Self> {
        if options.workspace_dir.is_some() {
            return Ok(Self::None);
        }
        let disk = directory.disk(id);
        let limit = disk.limit().map_err(|error| disk_failed("look at", &disk, &error))?;
        Ok(limit.map_or_else(|| options.disk.map_or(Self::None, Self::Soft), Self::Hard))
    }

    /// The limit that the agent is to keep, in bytes.
    pub fn soft(self) -> Option<u64> {
        if let Self::Soft(limit) = self { Some(limit) } else { None }
    }
}

impl DiskInfo {
    /// How much the files of a sandbox may take.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn of(options: &Options, directory: &DataDirectory, id: &SandboxId) -> Result<Self> {
        Ok(match Enforcement::of(options, directory, id)? {
            Enforcement::None => Self { limit: None, used: None, enforcement: "none" },
            Enforcement::Soft(limit) => Self { limit: Some(limit), used: None, enforcement: "soft" },
            Enforcement::Hard(limit) => {
                let disk = directory.disk(id);
                let usage = disk.usage().map_err(|error| disk_failed("look at", &disk, &error))?;
                Self { limit: Some(limit), used: usage.map(|usage| usage.used), enforcement: "hard" }
            }
        })
    }
}
