use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use super::{
    directory,
    disk::{self, Disk, Mounted, is_unsupported},
    limit::Enforcement,
    prepared::Prepared,
};
use crate::{
    config::{id::SandboxId, user::Ids},
    error::Result,
    store::data_directory::DataDirectory,
};

/// How a workspace on the host should be.
pub struct HostWorkspace {
    /// How much space its files may take, in bytes.
    pub limit: Option<u64>,
    /// Whether a disk may be made for it.
    pub may_make_disk: bool,
    /// Whether the disk should survive a crash of the host.
    pub journal: bool,
    /// Its owner.
    pub user: Ids,
}

impl HostWorkspace {
    /// Prepares the workspace. Blocks.
    ///
    /// # Errors
    /// `DISK_LIMIT` when the host's disk is full, `FILE_ERROR`, `CONFLICT`.
    pub fn prepare(&self, directory: &DataDirectory, id: &SandboxId) -> Result<Prepared> {
        directory::create(directory, id)?;
        let disk = Disk::of(directory, id);
        let prepared = self.disk(&disk).map_err(|error| disk::failed("prepare", &disk, &error))?;
        directory::give(directory, id, self.user)?;
        Ok(prepared)
    }

    /// Mounts the existing disk or a new one. Without a disk, the limit is soft.
    fn disk(&self, disk: &Disk) -> io::Result<Prepared> {
        let mount_point = disk.mount_point();
        let soft = || Prepared::new(self.limit.map_or(Enforcement::None, Enforcement::Soft));
        let refused = || Prepared { refused: true, ..soft() };
        let made = match (disk.limit()?, self.limit) {
            (Some(_), _) => false,
            (None, Some(limit)) if self.may_make_disk && is_free(mount_point)? => {
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
        Ok(Prepared { mounted_anew: mounted == Mounted::Anew, made, ..Prepared::new(enforcement) })
    }
}

/// Makes the directory below a disk accessible to root only, so that nothing is written there while the disk is not mounted.
fn close(disk: &Disk) -> io::Result<()> {
    if disk.is_mounted()? {
        return Ok(());
    }
    chown(disk.mount_point(), Some(0), Some(0))?;
    fs::set_permissions(disk.mount_point(), Permissions::from_mode(0o700))
}

/// Whether a directory is empty and nothing is mounted on it. Only then does it get a disk: existing files are not moved.
fn is_free(directory: &Path) -> io::Result<bool> {
    let above = directory.parent().unwrap_or(directory).metadata()?;
    Ok(directory.metadata()?.dev() == above.dev() && fs::read_dir(directory)?.next().is_none())
}
