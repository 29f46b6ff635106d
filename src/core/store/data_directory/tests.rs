use std::os::unix::fs::MetadataExt;

use crate::store::data_directory::*;

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("cofferdam-{name}-{}", std::process::id()))
}

#[test]
fn one_namespace_is_made_however_many_open_the_directory() {
    let path = temporary("namespace");
    let made: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || DataDirectory::open(&path).unwrap().namespace().to_owned())
        })
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(made.iter().all(|namespace| *namespace == made[0]));
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn each_directory_has_a_namespace_of_its_own() {
    let (one, two) = (temporary("one"), temporary("two"));
    let namespaces = [&one, &two].map(|path| DataDirectory::open(path).unwrap().namespace().to_owned());
    assert_ne!(namespaces[0], namespaces[1]);
    for path in [one, two] {
        fs::remove_dir_all(path).unwrap();
    }
}

#[test]
fn a_sandbox_is_leased_until_the_last_lease_ends() {
    let path = temporary("lease");
    let directory = DataDirectory::open(&path).unwrap();
    let id = SandboxId::try_from("a".to_owned()).unwrap();
    let (one, two) = (directory.leases.take(&id).unwrap(), directory.leases.take(&id).unwrap());
    drop(one);
    assert!(directory.leases.is_held(&id).unwrap());
    drop(two);
    assert!(!directory.leases.is_held(&id).unwrap());
    fs::remove_dir_all(&path).unwrap();
}

#[test]
fn a_disk_image_is_found_as_long_as_its_sandbox_has_a_lock_file_or_a_directory() {
    let root = tempfile::tempdir().unwrap();
    let directory = DataDirectory::open(root.path()).unwrap();
    let id = |id: &str| SandboxId::try_from(id.to_owned()).unwrap();
    let (one, two) = (id("a"), id("A"));
    assert_ne!(directory.disk_image(&one), directory.disk_image(&two));
    fs::create_dir(directory.workspace(&one)).unwrap();
    drop(directory.locks.try_take(&two).unwrap());
    assert_eq!(directory.disks().unwrap(), []);
    for id in [&one, &two] {
        fs::write(directory.disk_image(id), "").unwrap();
    }
    // Of no sandbox that is known.
    fs::write(directory.disk_image(&id("b")), "").unwrap();
    assert_eq!(directory.disks().unwrap(), [two, one]);
}

#[test]
fn a_directory_of_another_user_is_not_used() {
    if !Uid::effective().is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(directory.path(), Some(1000), Some(1000)).unwrap();
    let error = DataDirectory::open(directory.path()).unwrap_err();
    assert_eq!(error.code(), Code::FileError);
    assert!(error.message().contains("1000"), "{}", error.message());
    // Nothing was made or changed in it.
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_directory_behind_a_link_of_another_user_is_not_used() {
    if !Uid::effective().is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (real, link) = (directory.path().join("real"), directory.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(1000), Some(1000)).unwrap();
    for path in [link.clone(), link.join("data")] {
        assert_eq!(DataDirectory::open(&path).unwrap_err().code(), Code::FileError);
    }
    assert_eq!(fs::read_dir(&real).unwrap().count(), 0);
}

#[test]
fn directories_of_the_system_are_not_used() {
    for path in ["/", "/etc", "/usr/lib/x", "/home", "/tmp", "/var", "/proc/self"] {
        assert_eq!(DataDirectory::open(Path::new(path)).unwrap_err().code(), Code::InvalidArgument, "{path}");
    }
}

#[test]
fn an_open_directory_stays_the_same_whatever_happens_to_its_path() {
    let at = tempfile::tempdir().unwrap();
    let (path, aside) = (at.path().join("data"), at.path().join("aside"));
    let directory = DataDirectory::open(&path).unwrap();
    fs::rename(&path, &aside).unwrap();
    std::os::unix::fs::symlink("/etc", &path).unwrap();
    let id = SandboxId::try_from("a".to_owned()).unwrap();
    fs::create_dir(directory.workspace_here(&id)).unwrap();
    drop(directory.leases.take(&id).unwrap());
    assert!(aside.join("a").is_dir());
    assert!(!Path::new("/etc/a").exists());
    // Messages name the path that people know.
    let error = failed("read", &directory.workspace_here(&id), &io::ErrorKind::NotFound.into());
    assert!(error.message().contains("aside/a"), "{}", error.message());
}
