use cofferdam_protocol::{RawPath, file::Failure, fs::stat::Time};
use nix::{
    errno::Errno,
    fcntl::{AtFlags, renameat},
    sys::{
        stat::{FchmodatFlags, Mode, UtimensatFlags, fchmodat, fstat, fstatat, utimensat},
        time::TimeSpec,
    },
    unistd::{UnlinkatFlags, ftruncate, symlinkat, unlinkat},
};

use super::{
    failure::{failure, file_type},
    handle,
    place::{find_existing, open_parent},
};

use crate::disk::DiskLimit;

/// Changes the mode of a file.
pub fn mode(path: &RawPath, mode: u32) -> Result<(), Failure> {
    let (directory, name) = find_existing(path)?;
    let mode = Mode::from_bits_truncate(mode & 0o7777);
    // Only new kernels can be told not to follow a link. One that was put there meanwhile is followed as by the user's own programs.
    fchmodat(&directory, name.as_c_str(), mode, FchmodatFlags::FollowSymlink).map_err(failure)
}

/// Sets the times of a file.
pub fn times(path: &RawPath, accessed: Time, modified: Time) -> Result<(), Failure> {
    let (directory, name) = find_existing(path)?;
    let (accessed, modified) = (timespec(accessed), timespec(modified));
    let flags = UtimensatFlags::NoFollowSymlink;
    utimensat(&directory, name.as_c_str(), &accessed, &modified, flags).map_err(failure)
}

/// A point in time as the system takes it.
pub fn timespec(time: Time) -> TimeSpec {
    TimeSpec::new(time.seconds, time.nanoseconds.into())
}

/// Cuts or extends a file.
pub async fn truncate(disk: &DiskLimit, path: &RawPath, length: u64) -> Result<(), Failure> {
    let file = handle::open_to_write(path)?;
    resize(disk, &file, length).await
}

/// Cuts or extends an open file.
pub async fn resize(disk: &DiskLimit, file: impl std::os::fd::AsFd, length: u64) -> Result<(), Failure> {
    let taken = u64::try_from(fstat(&file).map_err(failure)?.st_size).unwrap_or_default();
    disk.admit(&file, length.saturating_sub(taken)).await.map_err(failure)?;
    let length = length.try_into().map_err(|_| failure(Errno::EFBIG))?;
    let done = ftruncate(&file, length).map_err(failure);
    disk.touch();
    done
}

/// Renames a file.
pub fn rename(from: &RawPath, to: &RawPath) -> Result<(), Failure> {
    let (old, old_name) = open_parent(from)?;
    let (new, new_name) = open_parent(to)?;
    renameat(&old, old_name.as_c_str(), &new, new_name.as_c_str()).map_err(failure)
}

/// Creates a symbolic link.
pub fn make_link(target: &RawPath, path: &RawPath) -> Result<(), Failure> {
    let (directory, name) = open_parent(path)?;
    symlinkat(target.as_ref() as &std::path::Path, &directory, name.as_c_str()).map_err(failure)
}

/// Deletes a file or a link.
pub fn unlink(path: &RawPath) -> Result<(), Failure> {
    let (directory, name) = open_parent(path)?;
    // `unlinkat` says EISDIR on Linux for a directory, too, but a path such as `file/` would be taken for `file`.
    if path.as_bytes().ends_with(b"/") {
        let found = fstatat(&directory, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failure)?;
        let is_directory = file_type(&found) == libc::S_IFDIR;
        return Err(failure(if is_directory { Errno::EISDIR } else { Errno::ENOTDIR }));
    }
    unlinkat(&directory, name.as_c_str(), UnlinkatFlags::NoRemoveDir).map_err(failure)
}

/// Deletes an empty directory.
pub fn remove_directory(path: &RawPath) -> Result<(), Failure> {
    let (directory, name) = open_parent(path)?;
    unlinkat(&directory, name.as_c_str(), UnlinkatFlags::RemoveDir).map_err(failure)
}
