//! The disk of one workspace: a sparse file with a file system in it, as large as the workspace may be.

mod image;
mod loop_device;
mod mount;

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use cofferdam_protocol::layout;
use nix::errno::Errno;

use super::limit::Usage;
use crate::{
    config::id::SandboxId,
    error::Error,
    store::{data_directory::DataDirectory, failure},
};

/// How long a process on the host may keep a disk busy before it is detached anyway.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often unmounting is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// The disk of a workspace, which may not exist. It is mounted on the workspace's directory. The directory below it is
/// accessible to root only, so that nothing is written there while the disk is not mounted.
///
/// Everything here blocks, and the caller must hold the sandbox's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    image: PathBuf,
    mount_point: PathBuf,
}

/// When a disk was mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mounted {
    /// Just now.
    Anew,
    /// Before.
    Already,
}

impl Disk {
    /// The disk of a sandbox.
    pub fn of(directory: &DataDirectory, id: &SandboxId) -> Self {
        Self::new(directory.disk_image(id), directory.workspace(id))
    }

    /// The disk that is stored in the file `image` and mounted at `mount_point`.
    pub fn new(image: PathBuf, mount_point: PathBuf) -> Self {
        Self { image, mount_point }
    }

    /// Where it is mounted.
    pub fn mount_point(&self) -> &Path {
        &self.mount_point
    }

    /// How much it can hold, in bytes; `None` when it does not exist.
    ///
    /// # Errors
    /// Those of the system.
    pub fn limit(&self) -> io::Result<Option<u64>> {
        match image::limit(&self.image) {
            Ok(limit) => Ok(Some(limit)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes it. With a journal it survives a crash of the host.
    ///
    /// # Errors
    /// `AlreadyExists`; `StorageFull`; see also [`is_unsupported`].
    pub fn make(&self, limit: u64, journal: bool) -> io::Result<()> {
        image::make(&self.image, limit, journal)
    }

    /// Mounts it, after a repair if it needs one. If it is not in use and `limit` is more than it can hold, it grows first;
    /// it never shrinks.
    ///
    /// # Errors
    /// See [`is_unsupported`].
    pub fn mount(&self, limit: Option<u64>) -> io::Result<Mounted> {
        if self.is_mounted()? {
            return Ok(Mounted::Already);
        }
        let grows = limit.is_some_and(|limit| self.limit().is_ok_and(|has| has < Some(limit)));
        let begun = Instant::now();
        // Two devices on one file would be two independent file systems on the same blocks.
        while let Some(device) = loop_device::find(&self.image)? {
            // A starting container briefly holds all mounts of the host, including those unmounted since.
            if !grows || begun.elapsed() > PATIENCE {
                mount::mount(&device, &self.mount_point)?;
                return Ok(Mounted::Already);
            }
            drop(device);
            sleep(RETRY);
        }
        let repaired = image::repair(&self.image)?;
        if let Some(limit) = limit {
            image::enlarge(&self.image, limit)?;
        }
        let device = loop_device::attach(&self.image)?;
        mount::mount(&device, &self.mount_point)?;
        mount::remove_lost_and_found(&self.mount_point);
        if repaired {
            mount::trim(&self.mount_point);
        }
        Ok(Mounted::Anew)
    }

    /// Whether it is mounted.
    ///
    /// # Errors
    /// Those of the system.
    pub fn is_mounted(&self) -> io::Result<bool> {
        mount::is_loop_mount(&self.mount_point)
    }

    /// Whether a process of the host, which is in a container, sees it as its workspace.
    pub fn is_in(&self, pid: i32) -> bool {
        let device = |path: &Path| path.symlink_metadata().ok().map(|metadata| metadata.dev());
        let seen = device(Path::new(&format!("/proc/{pid}/root{}", layout::WORKSPACE)));
        seen.is_some() && seen == device(&self.mount_point)
    }

    /// Whether its file system met errors. It is then read-only until it is mounted again.
    pub fn is_broken(&self) -> bool {
        mount::has_errors(&self.mount_point)
    }

    /// How much of it is used; `None` while it is not mounted.
    ///
    /// # Errors
    /// Those of the system.
    pub fn usage(&self) -> io::Result<Option<Usage>> {
        let Some(limit) = self.limit()? else { return Ok(None) };
        if !self.is_mounted()? {
            return Ok(None);
        }
        Ok(Some(Usage { used: mount::used(&self.mount_point)?.min(limit), limit }))
    }

    /// Unmounts it, which also releases its loop device. One that is not mounted is fine.
    ///
    /// # Errors
    /// `ResourceBusy` while a process of the host uses it.
    pub fn unmount(&self) -> io::Result<()> {
        // Several times if several processes have mounted it.
        while self.limit()?.is_some() && self.is_mounted()? {
            mount::unmount(&self.mount_point)?;
        }
        Ok(())
    }

    /// Deletes it with everything on it. One that does not exist is fine.
    ///
    /// # Errors
    /// Those of the system, when it cannot be unmounted or removed.
    pub fn delete(&self) -> io::Result<()> {
        if self.limit()?.is_none() {
            return Ok(());
        }
        if self.is_mounted()? {
            mount::discard(&self.mount_point);
        }
        let begun = Instant::now();
        loop {
            match self.unmount() {
                Err(error) if error.kind() != io::ErrorKind::ResourceBusy => return Err(error),
                Err(_) if begun.elapsed() < PATIENCE => sleep(RETRY),
                Err(_) => mount::detach(&self.mount_point)?,
                Ok(()) => break,
            }
        }
        match std::fs::remove_file(&self.image) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether an error means that this process or this machine cannot have such disks.
pub fn is_unsupported(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    error.kind() == io::ErrorKind::Unsupported
        || matches!(
            errno,
            Some(
                Errno::EPERM
                    | Errno::EACCES
                    | Errno::ENOENT
                    | Errno::ENODEV
                    | Errno::ENXIO
                    | Errno::ENOSYS
                    | Errno::ENOTTY
                    | Errno::EOPNOTSUPP
                    | Errno::EINVAL
            )
        )
}

/// The error for an operation on a disk that failed; see [`failure::failed`].
pub fn failed(verb: &str, disk: &Disk, error: &io::Error) -> Error {
    failure::failed(&format!("{verb} the disk of"), disk.mount_point(), error)
}

#[cfg(test)]
mod tests;
