use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use cofferdam_protocol::layout;

use super::{image, loop_device, mount};
use crate::{config::id::SandboxId, store::data_directory::DataDirectory, workspace::usage::Usage};

/// How long a process on the host may keep a disk busy before it is detached anyway.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long to wait before another attempt to unmount.
const RETRY: Duration = Duration::from_millis(10);

/// The disk of a workspace, which may not exist. It is mounted on the workspace's directory. The directory below it is
/// accessible to root only, so that nothing is written there while the disk is not mounted.
///
/// All methods block, and the caller must hold the sandbox's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    image: PathBuf,
    mount_point: PathBuf,
}

/// The outcome of [`Disk::mount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mounted {
    /// It was mounted by this call.
    Anew,
    /// It was mounted before, here or in another mount namespace.
    Already,
}

impl Disk {
    /// A sandbox's disk.
    pub fn of(directory: &DataDirectory, id: &SandboxId) -> Self {
        Self::new(directory.disk_image(id), directory.workspace_here(id))
    }

    /// The disk that is stored in the file `image` and mounted at `mount_point`.
    pub fn new(image: PathBuf, mount_point: PathBuf) -> Self {
        Self { image, mount_point }
    }

    /// The directory that it is mounted on.
    pub fn mount_point(&self) -> &Path {
        &self.mount_point
    }

    /// Its capacity in bytes; `None` if it does not exist.
    ///
    /// # Errors
    /// I/O errors of the system.
    pub fn limit(&self) -> io::Result<Option<u64>> {
        match image::limit(&self.image) {
            Ok(limit) => Ok(Some(limit)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes it. With a journal, it survives a crash of the host.
    ///
    /// # Errors
    /// `AlreadyExists`; `StorageFull`; see also [`super::is_unsupported`].
    pub fn make(&self, limit: u64, journal: bool) -> io::Result<()> {
        image::make(&self.image, limit, journal)
    }

    /// Mounts it, after a repair if necessary. If it is not in use and `limit` exceeds its capacity, it is enlarged first. It
    /// never shrinks.
    ///
    /// # Errors
    /// See [`super::is_unsupported`].
    pub fn mount(&self, limit: Option<u64>) -> io::Result<Mounted> {
        if self.is_mounted()? {
            return Ok(Mounted::Already);
        }
        let grows = limit.is_some_and(|limit| self.limit().is_ok_and(|has| has < Some(limit)));
        let begun = Instant::now();
        // Two devices for one file would be two independent file systems on the same blocks.
        while let Some(device) = loop_device::find(&self.image)? {
            // A container that is starting briefly keeps all mounts of the host, including those unmounted since.
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
    /// I/O errors of the system.
    pub fn is_mounted(&self) -> io::Result<bool> {
        mount::is_loop_mount(&self.mount_point)
    }

    /// Whether a process in a container has it mounted as its workspace. `pid` is the process's PID on the host.
    pub fn is_in(&self, pid: i32) -> bool {
        let device = |path: &Path| path.symlink_metadata().ok().map(|metadata| metadata.dev());
        let seen = device(Path::new(&format!("/proc/{pid}/root{}", layout::WORKSPACE)));
        seen.is_some() && seen == device(&self.mount_point)
    }

    /// Whether its file system had errors. It is then read-only until it is mounted again.
    pub fn is_broken(&self) -> bool {
        mount::has_errors(&self.mount_point)
    }

    /// How much of it is used; `None` if it is not mounted.
    ///
    /// # Errors
    /// I/O errors of the system.
    pub fn usage(&self) -> io::Result<Option<Usage>> {
        let Some(limit) = self.limit()? else { return Ok(None) };
        if !self.is_mounted()? {
            return Ok(None);
        }
        Ok(Some(Usage { used: mount::used(&self.mount_point)?.min(limit), limit }))
    }

    /// Unmounts it, which also releases its loop device. Does nothing if it is not mounted.
    ///
    /// # Errors
    /// `ResourceBusy` while a process on the host uses it.
    pub fn unmount(&self) -> io::Result<()> {
        // It may have been mounted several times, by several processes.
        while self.limit()?.is_some() && self.is_mounted()? {
            mount::unmount(&self.mount_point)?;
        }
        Ok(())
    }

    /// Deletes it and everything on it. Does nothing if it does not exist.
    ///
    /// # Errors
    /// I/O errors of the system, if it can't be unmounted or removed.
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
