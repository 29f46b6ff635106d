//! Mounted disks.

use std::{
    fs::{self, File},
    io,
    os::{fd::AsRawFd, unix::fs::MetadataExt},
    path::Path,
};

use nix::{
    mount::{MntFlags, MsFlags, umount2},
    sys::{stat::major, statvfs::statvfs},
};

use super::loop_device::{self, LoopDevice, MAJOR};

/// Mounts a device so that deleted blocks are returned to the host, device files don't work, and setuid bits have no effect.
///
/// # Errors
/// I/O errors of the system: `EPERM` if this process may not mount, `ENODEV` if the kernel lacks ext4.
pub fn mount(device: &LoopDevice, at: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    // `noinit_itable`: unused inodes stay unwritten, because they would take space on the host.
    let options = "discard,noinit_itable,errors=remount-ro";
    Ok(nix::mount::mount(Some(&device.path()), at, Some("ext4"), flags, Some(options))?)
}

/// Whether a loop device is mounted on a directory.
///
/// # Errors
/// I/O errors of the system, if the directory can't be examined.
pub fn is_loop_mount(place: &Path) -> io::Result<bool> {
    let metadata = match place.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        metadata => metadata?,
    };
    let above = place.parent().unwrap_or(place).metadata()?;
    Ok(metadata.dev() != above.dev() && major(metadata.dev()) == MAJOR)
}

/// Whether the file system that is mounted there had errors.
pub fn has_errors(place: &Path) -> bool {
    let count = || -> io::Result<String> {
        let device = loop_device::of(place.metadata()?.dev())?;
        let name = device.path();
        let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
        fs::read_to_string(format!("/sys/fs/ext4/{name}/errors_count"))
    };
    count().is_ok_and(|count| count.trim() != "0")
}

/// How much of the file system that is mounted there is used, in bytes.
///
/// # Errors
/// I/O errors of the system.
pub fn used(place: &Path) -> io::Result<u64> {
    let found = statvfs(place)?;
    Ok((found.blocks() - found.blocks_free()) * found.fragment_size())
}

/// Removes the directory that mkfs creates in every file system, so that a new workspace is empty. If a repair has put files
/// into it, it stays.
pub fn remove_lost_and_found(place: &Path) {
    let path = place.join("lost+found");
    // One that the sandbox made is not owned by root.
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == 0) {
        let _ = fs::remove_dir(path);
    }
}

/// Returns all free blocks of the file system that is mounted there to the host. After a crash, some were not.
pub fn trim(place: &Path) {
    if let Ok(root) = File::open(place) {
        let mut all = ioctl::Range { start: 0, length: u64::MAX, least: 0 };
        // SAFETY: the structure has the kernel's layout and is only used during the call. If it fails, the host has less free
        // space.
        let _ = unsafe { ioctl::trim(root.as_raw_fd(), &raw mut all) };
    }
}

/// Makes the file system that is mounted there drop unwritten data, because it is about to be deleted.
pub fn discard(place: &Path) {
    /// `EXT4_GOING_FLAGS_NOLOGFLUSH`: flushes neither data nor the journal.
    const NO_FLUSH: u32 = 2;
    if let Ok(root) = File::open(place) {
        let mut how = NO_FLUSH;
        // SAFETY: the number is only read during the call. If it fails, unmounting takes longer.
        let _ = unsafe { ioctl::shutdown(root.as_raw_fd(), &raw mut how) };
    }
}

/// Unmounts what is mounted there.
///
/// # Errors
/// `ResourceBusy` while a process uses it.
pub fn unmount(place: &Path) -> io::Result<()> {
    Ok(umount2(place, MntFlags::UMOUNT_NOFOLLOW)?)
}

/// Unmounts it lazily: it disappears at once and is released when no process uses it.
///
/// # Errors
/// I/O errors of the system.
pub fn detach(place: &Path) -> io::Result<()> {
    Ok(umount2(place, MntFlags::UMOUNT_NOFOLLOW | MntFlags::MNT_DETACH)?)
}

/// `linux/fs.h` and `linux/ext4.h`
mod ioctl {
    /// `struct fstrim_range`
    #[repr(C)]
    pub struct Range {
        pub start: u64,
        pub length: u64,
        pub least: u64,
    }

    nix::ioctl_readwrite!(trim, b'X', 121, Range);
    nix::ioctl_read!(shutdown, b'X', 125, u32);
}
