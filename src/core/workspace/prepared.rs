use std::fs::File;

use super::{delete::delete_disk, disk::Disk, limit::Enforcement};
use crate::error::{Code, Error, Result};

/// A workspace that is ready to be mounted.
pub struct Prepared {
    /// What keeps it within its limit.
    pub enforcement: Enforcement,
    /// Its disk was not mounted until now, so a container that already runs does not see it.
    pub mounted_anew: bool,
    /// Its disk was made just now.
    pub(super) made: bool,
    /// It was to have a disk, but this machine does not allow that.
    pub(super) refused: bool,
}

impl Prepared {
    pub(super) fn new(enforcement: Enforcement) -> Self {
        Self { enforcement, mounted_anew: false, made: false, refused: false }
    }

    /// Whether it is a disk that this process mounted.
    pub fn is_disk(&self) -> bool {
        matches!(self.enforcement, Enforcement::Hard(_))
    }

    /// Deletes a disk that was made just now and that the container does not see.
    ///
    /// # Errors
    /// `FILE_ERROR` for a disk that existed before, because the files of the sandbox are on it.
    pub async fn give_up_disk(&self, disk: Disk, lock: &File) -> Result<()> {
        match self.enforcement {
            Enforcement::Hard(_) if self.made => delete_disk(disk, lock).await,
            Enforcement::Hard(_) => Err(Error::new(
                Code::FileError,
                "the files of the sandbox are on a disk image, and the engine does not see what this process mounts",
            )
            .hint("use the sandbox from where it was used before: the engine's machine and mount namespace")),
            Enforcement::None | Enforcement::Soft(_) => Ok(()),
        }
    }
}
