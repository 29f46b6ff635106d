//! The disk of one workspace: a file with a file system in it, as large as the workspace may be.

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

use nix::errno::Errno;

use super::info::Usage;

/// How long it is waited for those who still have a disk: whoever looks at the files on the host, before they are taken away
/// from him.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often it is tried.
const RETRY: Duration = Duration::from_millis(10);

/// A disk that may be there. Mounted, it takes the place of the workspace's directory; the directory below it
/// is root's, so that nothing can be written past the limit while it is not mounted.
///
/// Everything here blocks, and is for whoever has the sandbox's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    image: PathBuf,
    mount_point: PathBuf,
}

/// Since when a disk is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mounted {
    /// Nobody had it before.
    Anew,
    /// It was in use.
    Already,
}

impl Disk {
    /// The disk that is kept in `image` and is mounted at `mount_point`.
    pub fn new(image: PathBuf, mount_point: PathBuf) -> Self {
        Self { image, mount_point }
    }

    /// Where it is mounted.
    pub fn mount_point(&self) -> &Path {
        &self.mount_point
    }

    /// How much it holds, in bytes; `None` when there is none.
    ///
    /// # Errors
    /// When it can't be looked at.
    pub fn limit(&self) -> io::Result<Option<u64>> {
        match image::limit(&self.image) {
            Ok(limit) => Ok(Some(limit)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes it, where there is none. With a journal it survives a crash of the host.
    ///
    /// # Errors
    /// See [`is_unsupported`]; `StorageFull`.
    pub fn make(&self, limit: u64, journal: bool) -> io::Result<()> {
        image::make(&self.image, limit, journal)
    }

    /// Mounts it, after a repair when it needs one. If nobody has it yet and `limit` is more than it holds, it grows before;
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
        // Two devices on one file would be two file systems that know nothing of each other.
        while let Some(device) = loop_device::find(&self.image)? {
            // A container that starts has all mounts of the host for a moment, those included that are gone by now.
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
    /// When the mount point can't be looked at.
    pub fn is_mounted(&self) -> io::Result<bool> {
        mount::is_loop_mount(&self.mount_point)
    }

    /// Whether it is the workspace of the container that this process of the host is in.
    pub fn is_in(&self, pid: i32) -> bool {
        let device = |path: &Path| path.symlink_metadata().ok().map(|metadata| metadata.dev());
        let seen = device(Path::new(&format!("/proc/{pid}/root/workspace")));
        seen.is_some() && seen == device(&self.mount_point)
    }

    /// Whether its file system has met errors: it is read-only from then on, until it is mounted anew.
    pub fn is_broken(&self) -> bool {
        mount::has_errors(&self.mount_point)
    }

    /// What is used of it; `None` while it is not mounted.
    ///
    /// # Errors
    /// When it can't be looked at.
    pub fn usage(&self) -> io::Result<Option<Usage>> {
        let Some(limit) = self.limit()? else { return Ok(None) };
        if !self.is_mounted()? {
            return Ok(None);
        }
        Ok(Some(Usage { used: mount::used(&self.mount_point)?.min(limit), limit }))
    }

    /// Unmounts it, and with that lets go of its loop device. One that is not mounted is fine.
    ///
    /// # Errors
    /// `ResourceBusy` while a process of the host is in it.
    pub fn unmount(&self) -> io::Result<()> {
        // More than once, when more than one process has mounted it.
        while self.limit()?.is_some() && self.is_mounted()? {
            mount::unmount(&self.mount_point)?;
        }
        Ok(())
    }

    /// Deletes it with all that is in it, however much that is. One that is not there is fine.
    ///
    /// # Errors
    /// When it can't be unmounted or removed.
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

/// Whether an error says that this process, or this machine, can't have disks of the kind.
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

#[cfg(test)]
mod tests;
