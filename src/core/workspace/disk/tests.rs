use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Disk, Mounted, loop_device};
use crate::workspace::usage::Usage;

const MIB: u64 = 1024 * 1024;

/// A directory for a disk, which is deleted in the end.
struct Place {
    directory: TempDir,
    image: PathBuf,
    disk: Disk,
}

impl Place {
    /// `None` if this process may not mount. Such processes are tested with an engine, in `__test__/disk`.
    fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() || !std::path::Path::new("/dev/loop-control").exists() {
            eprintln!("skipped: mounting needs root and loop devices");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let mount_point = directory.path().join("mount");
        fs::create_dir(&mount_point).unwrap();
        // The name is unique, because a parallel test briefly opens the devices of files with the same name.
        let image = directory.path().join(directory.path().file_name().unwrap());
        let disk = Disk::new(image.clone(), mount_point);
        Some(Self { directory, image, disk })
    }

    fn mount_point(&self) -> &Path {
        self.disk.mount_point()
    }

    /// Writes zeros until the disk is full. Returns how many bytes were written.
    fn fill(&self) -> u64 {
        let mut file = fs::File::create(self.mount_point().join("fill")).unwrap();
        let chunk = vec![0; 65_536];
        let mut written = 0;
        loop {
            match file.write(&chunk) {
                Ok(count) => written += count as u64,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                    return written;
                }
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.disk.delete().unwrap();
    }
}

#[test]
fn a_disk_holds_as_much_as_its_limit_and_can_be_deleted() {
    let Some(place) = Place::new() else { return };
    for (limit, journal) in [(8 * MIB, true), (100 * MIB, true), (100 * MIB, false), (600 * MIB, true)] {
        place.disk.make(limit, journal).unwrap();
        assert_eq!(place.disk.mount(None).unwrap(), Mounted::Anew);
        assert_eq!(fs::read_dir(place.mount_point()).unwrap().count(), 0);
        assert_eq!(place.disk.usage().unwrap().unwrap().limit, limit);
        let written = place.fill();
        assert!(written.abs_diff(limit) < limit * 3 / 100, "{written} of {limit}");
        let Usage { used, limit } = place.disk.usage().unwrap().unwrap();
        assert!(used > limit * 95 / 100 && used <= limit, "{used} of {limit}");
        place.disk.delete().unwrap();
        assert_eq!(place.disk.limit().unwrap(), None);
        assert!(!place.disk.is_mounted().unwrap());
    }
}

#[test]
fn a_disk_that_is_mounted_twice_is_one_file_system() {
    let Some(place) = Place::new() else { return };
    place.disk.make(16 * MIB, true).unwrap();
    place.disk.mount(None).unwrap();
    let elsewhere = place.directory.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let second = Disk::new(place.image.clone(), elsewhere.clone());
    assert_eq!(second.mount(None).unwrap(), Mounted::Already);
    fs::write(place.mount_point().join("file"), "seen at once").unwrap();
    assert_eq!(fs::read_to_string(elsewhere.join("file")).unwrap(), "seen at once");
    second.unmount().unwrap();
    place.disk.unmount().unwrap();
    assert!(loop_device::find(&place.image).unwrap().is_none());
    assert_eq!(place.disk.mount(None).unwrap(), Mounted::Anew);
    assert_eq!(fs::read_to_string(place.mount_point().join("file")).unwrap(), "seen at once");
}

#[test]
fn a_disk_grows_while_unused_and_never_shrinks() {
    let Some(place) = Place::new() else { return };
    place.disk.make(16 * MIB, true).unwrap();
    place.disk.mount(None).unwrap();
    fs::write(place.mount_point().join("file"), "kept").unwrap();
    assert_eq!(place.disk.mount(Some(300 * MIB)).unwrap(), Mounted::Already);
    assert_eq!(place.disk.limit().unwrap(), Some(16 * MIB));
    place.disk.unmount().unwrap();
    assert_eq!(place.disk.mount(Some(300 * MIB)).unwrap(), Mounted::Anew);
    assert_eq!(place.disk.limit().unwrap(), Some(300 * MIB));
    place.disk.unmount().unwrap();
    place.disk.mount(Some(16 * MIB)).unwrap();
    assert_eq!(place.disk.limit().unwrap(), Some(300 * MIB));
    let written = place.fill();
    assert!(written > 290 * MIB, "{written}");
    assert_eq!(fs::read_to_string(place.mount_point().join("file")).unwrap(), "kept");
}

#[test]
fn a_disk_survives_a_crash_of_the_host() {
    for journal in [false, true] {
        let Some(place) = Place::new() else { return };
        place.disk.make(64 * MIB, journal).unwrap();
        place.disk.mount(None).unwrap();
        let path = place.mount_point().join("file");
        fs::write(&path, "kept").unwrap();
        fs::File::open(&path).unwrap().sync_all().unwrap();
        // The file as it would be after a power failure.
        let image = place.directory.path().join("copy");
        fs::copy(&place.image, &image).unwrap();
        let mount_point = place.directory.path().join("mount of copy");
        fs::create_dir(&mount_point).unwrap();
        let copy = Disk::new(image, mount_point.clone());
        copy.mount(None).unwrap();
        assert_eq!(fs::read_to_string(mount_point.join("file")).unwrap(), "kept", "journal: {journal}");
        copy.delete().unwrap();
    }
}

#[test]
fn an_open_file_prevents_unmounting_but_not_deletion() {
    let Some(place) = Place::new() else { return };
    place.disk.make(16 * MIB, false).unwrap();
    place.disk.mount(None).unwrap();
    let file = fs::File::create(place.mount_point().join("open")).unwrap();
    assert_eq!(place.disk.unmount().unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    place.disk.delete().unwrap();
    assert!(!place.disk.is_mounted().unwrap() && place.disk.limit().unwrap().is_none());
    drop(file);
}

#[test]
fn disks_are_mounted_without_setuid_and_devices() {
    let Some(place) = Place::new() else { return };
    place.disk.make(16 * MIB, false).unwrap();
    place.disk.mount(None).unwrap();
    let flags = nix::sys::statvfs::statvfs(place.mount_point()).unwrap().flags();
    assert!(flags.contains(nix::sys::statvfs::FsFlags::ST_NOSUID | nix::sys::statvfs::FsFlags::ST_NODEV));
}
