//! How much the files in a workspace may take, and what enforces it.

pub use super::usage::Usage;

use super::disk::{self, Disk};
use crate::{
    config::{
        id::SandboxId,
        options::{Options, WorkspaceOption},
    },
    error::Result,
    store::data_directory::DataDirectory,
};

/// What keeps a workspace within its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// No limit.
    None,
    /// The agent: it kills commands soon after the files exceed this many bytes.
    Soft(u64),
    /// The file system: it has this many bytes.
    Hard(u64),
}

/// How much the files of a sandbox may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskInfo {
    /// The limit in bytes; `None` without one.
    pub limit: Option<u64>,
    /// How much they take in bytes, if that is known without counting them.
    pub used: Option<u64>,
    /// What enforces the limit: `hard`, `soft` or `none`.
    pub enforcement: &'static str,
}

/// How much the files of a sandbox may take in bytes; `None` without a limit.
///
/// In a data directory in memory, they count as the container's memory and outlive the commands that wrote them. As with a tmpfs,
/// half of it is left: a full workspace would otherwise end every later command.
pub fn limit(options: &Options, directory: &DataDirectory) -> Option<u64> {
    if options.workspace == WorkspaceOption::Volume || !directory.is_in_memory() {
        return options.disk;
    }
    let most = options.memory / 2;
    Some(options.disk.map_or(most, |disk| disk.min(most)))
}

impl Enforcement {
    /// What keeps the workspace of a sandbox within its limit at the moment.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn of(options: &Options, directory: &DataDirectory, id: &SandboxId) -> Result<Self> {
        if options.workspace_dir.is_some() {
            return Ok(Self::None);
        }
        let disk = Disk::of(directory, id);
        let hard = disk.limit().map_err(|error| disk::failed("look at", &disk, &error))?;
        let soft = || limit(options, directory).map_or(Self::None, Self::Soft);
        Ok(hard.map_or_else(soft, Self::Hard))
    }

    /// The limit in bytes that the agent has to enforce.
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
                let disk = Disk::of(directory, id);
                let usage = disk.usage().map_err(|error| disk::failed("look at", &disk, &error))?;
                Self { limit: Some(limit), used: usage.map(|usage| usage.used), enforcement: "hard" }
            }
        })
    }
}
