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

use crate::workspace::disk::loop_device::{self, LoopDevice, MAJOR};

/// Mounts a device: what is deleted comes back to the host, and no file of it is a device or gives rights.
///
/// # Errors
/// What the system gives: `EPERM` to whom may not mount, `ENODEV` by a kernel without ext4.
pub fn mount(device: &LoopDevice, at: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    // Inodes that were never used stay unwritten: they would take room on the host.
    let options = "discard,noinit_itable,errors=remount-ro";
    Ok(nix::mount::mount(Some(&device.path()), at, Some("ext4"), flags, Some(options))?)
}

/// Whether a loop device is mounted at this place.
///
/// # Errors
/// When it can't be looked at.
pub fn is_loop_mount(place: &Path) -> io::Result<bool> {
    let metadata = match place.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        metadata => metadata?,
    };
    let above = place.parent().unwrap_or(place).metadata()?;
    Ok(metadata.dev() != above.dev() && major(metadata.dev()) == MAJOR)
}

/// Whether the file system that is mounted there has met errors.
pub fn has_errors(place: &Path) -> bool {
    let count = || -> io::Result<String> {
        let device = loop_device::of(place.metadata()?.dev())?;
        let name = device.path();
        let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
        fs::read_to_string(format!("/sys/fs/ext4/{name}/errors_count"))
    };
    count().is_ok_and(|count| count.trim() != "0")
}

/// What files take of the file system that is mounted there, in bytes.
///
/// # Errors
/// What the system gives.
pub fn used(place: &Path) -> io::Result<u64> {
    let found = statvfs(place)?;
    Ok((found.blocks() - found.blocks_free()) * found.fragment_size())
}

/// The directory that every new file system has, and no workspace. A repair may make it anew and put things in it: then it stays.
pub fn remove_lost_and_found(place: &Path) {
    let path = place.join("lost+found");
    // One that the sandbox has made is not root's.
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == 0) {
        let _ = fs::remove_dir(path);
    }
}

/// Gives all that is free in the file system that is mounted there back to the host: what it met an error in the middle of was not.
pub fn trim(place: &Path) {
    if let Ok(root) = File::open(place) {
        let mut all = ioctl::Range { start: 0, length: u64::MAX, least: 0 };
        // SAFETY: the structure is the kernel's own, of its size, and used only during the call. Where it fails, the host has less
        // room.
        let _ = unsafe { ioctl::trim(root.as_raw_fd(), &raw mut all) };
    }
}

/// Makes the file system that is mounted there forget what it has not written, which is about to be deleted.
pub fn discard(place: &Path) {
    /// Neither data nor the journal.
    const NO_FLUSH: u32 = 2;
    if let Ok(root) = File::open(place) {
        let mut how = NO_FLUSH;
        // SAFETY: the call reads a number during the call. Where it fails, unmounting takes its time.
        let _ = unsafe { ioctl::shutdown(root.as_raw_fd(), &raw mut how) };
    }
}

/// Unmounts what is mounted there.
///
/// # Errors
/// `ResourceBusy` while a process is in it.
pub fn unmount(place: &Path) -> io::Result<()> {
    Ok(umount2(place, MntFlags::UMOUNT_NOFOLLOW)?)
}

/// Takes it out of the tree; it goes when nobody is in it any more.
///
/// # Errors
/// What the system gives.
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
