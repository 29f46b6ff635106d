use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use super::Storage;
use crate::{
    error::Result,
    sandbox::{
        directory::{DataDirectory, disk_failed},
        disk::{Disk, Mounted, is_unsupported},
        enforcement::Enforcement,
        id::SandboxId,
        options::Ids,
    },
};

/// What a workspace on the host is to be.
pub struct Wish {
    /// The most that its files may take.
    pub limit: Option<u64>,
    /// Whether it may get a disk if it has none.
    pub may_make: bool,
    /// Whether that is to survive a crash of the host.
    pub journal: bool,
    /// Whom it is for.
    pub user: Ids,
}

impl Wish {
    /// Makes it. This blocks.
    ///
    /// # Errors
    /// `DISK_LIMIT` when the host has no room, `FILE_ERROR`, `CONFLICT`.
    pub fn prepare(&self, directory: &DataDirectory, id: &SandboxId) -> Result<Storage> {
        directory.make_workspace(id)?;
        let disk = directory.disk(id);
        let storage = self.disk(&disk);
        let storage = storage.map_err(|error| disk_failed("prepare", &disk, &error))?;
        directory.give_workspace(id, self.user)?;
        Ok(storage)
    }

    /// The disk that is there, or a new one; without one, the limit is soft.
    fn disk(&self, disk: &Disk) -> io::Result<Storage> {
        let mount_point = disk.mount_point();
        let soft = || Storage::new(self.limit.map_or(Enforcement::None, Enforcement::Soft));
        let refused = || Storage { refused: true, ..soft() };
        let made = match (disk.limit()?, self.limit) {
            (Some(_), _) => false,
            (None, Some(limit)) if self.may_make && is_free(mount_point)? => {
                match disk.make(limit, self.journal) {
                    Err(error) if is_unsupported(&error) => return Ok(refused()),
                    made => made.map(|()| true)?,
                }
            }
            (None, _) => return Ok(soft()),
        };
        let mounted = close(disk).and_then(|()| disk.mount(self.limit));
        let mounted = match mounted {
            Err(error) if made => {
                disk.delete()?;
                return if is_unsupported(&error) { Ok(refused()) } else { Err(error) };
            }
            mounted => mounted?,
        };
        if made {
            fs::set_permissions(mount_point, Permissions::from_mode(0o700))?;
        }
        let enforcement = Enforcement::Hard(disk.limit()?.unwrap_or_default());
        Ok(Storage { mounted_anew: mounted == Mounted::Anew, made, ..Storage::new(enforcement) })
    }
}

/// Makes the directory below a disk root's alone: nothing can be written past the limit while the disk is not mounted.
fn close(disk: &Disk) -> io::Result<()> {
    if disk.is_mounted()? {
        return Ok(());
    }
    chown(disk.mount_point(), Some(0), Some(0))?;
    fs::set_permissions(disk.mount_point(), Permissions::from_mode(0o700))
}

/// Whether there is nothing in a directory and nothing mounted on it. Files that are there are not moved to a disk.
fn is_free(directory: &Path) -> io::Result<bool> {
    let above = directory.parent().unwrap_or(directory).metadata()?;
    Ok(directory.metadata()?.dev() == above.dev() && fs::read_dir(directory)?.next().is_none())
}
