use std::{
    fs::{create_dir, create_dir_all, hard_link, write},
    os::unix::fs::{MetadataExt, symlink},
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, open},
    sys::stat::Mode,
    unistd::{Gid, Uid},
};

use crate::give::{MAX_DEPTH, give};

const IDS: (u32, u32) = (1234, 2345);

fn owner(path: &Path) -> (u32, u32) {
    let metadata = path.symlink_metadata().unwrap();
    (metadata.uid(), metadata.gid())
}

fn give_at(path: &Path) -> Result<(), Errno> {
    give_from(path, 0)
}

fn give_from(path: &Path, from: u32) -> Result<(), Errno> {
    let top = open(path, OFlag::O_PATH | OFlag::O_DIRECTORY, Mode::empty()).unwrap();
    give(&top, Uid::from_raw(from), Uid::from_raw(IDS.0), Gid::from_raw(IDS.1))
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[test]
fn a_tree_is_given_and_nothing_outside_of_it() {
    if !is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    let top = directory.path().join("top");
    create_dir_all(top.join("a/b")).unwrap();
    write(top.join("a/file"), "").unwrap();
    symlink(outside.path(), top.join("a/link")).unwrap();
    nix::unistd::mkfifo(&top.join("fifo"), Mode::S_IRWXU).unwrap();
    give_at(&top).unwrap();
    for name in ["", "a", "a/b", "a/file", "a/link", "fifo"] {
        assert_eq!(owner(&top.join(name)), IDS, "{name}");
    }
    assert_eq!(owner(outside.path()), (0, 0));
}

#[test]
fn a_file_with_another_name_is_not_given_and_neither_is_the_top() {
    if !is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (top, outside) = (directory.path().join("top"), directory.path().join("outside"));
    create_dir(&top).unwrap();
    write(&outside, "").unwrap();
    hard_link(&outside, top.join("inside")).unwrap();
    assert_eq!(give_at(&top), Err(Errno::EMLINK));
    assert_eq!((owner(&outside), owner(&top)), ((0, 0), (0, 0)));
}

#[test]
fn what_belongs_to_another_user_stays_theirs() {
    if !is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let theirs = directory.path().join("theirs");
    write(&theirs, "").unwrap();
    std::os::unix::fs::lchown(&theirs, Some(77), Some(77)).unwrap();
    give_at(directory.path()).unwrap();
    assert_eq!(owner(&theirs), (77, 77));
}

#[test]
fn a_tree_that_is_too_deep_is_an_error() {
    if !is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut path = directory.path().to_owned();
    for _ in 0..=MAX_DEPTH {
        path.push("d");
        create_dir(&path).unwrap();
    }
    assert_eq!(give_at(directory.path()), Err(Errno::ENAMETOOLONG));
}

#[test]
fn the_files_of_a_user_change_hands_with_all_their_names_and_nobody_elses_do() {
    if !is_root() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().join("top");
    create_dir_all(top.join("a")).unwrap();
    write(top.join("a/file"), "").unwrap();
    hard_link(top.join("a/file"), top.join("name")).unwrap();
    write(top.join("of-root"), "").unwrap();
    for name in ["", "a", "a/file"] {
        std::os::unix::fs::lchown(top.join(name), Some(1000), Some(1000)).unwrap();
    }
    give_from(&top, 1000).unwrap();
    for name in ["", "a", "a/file", "name"] {
        assert_eq!(owner(&top.join(name)), IDS, "{name}");
    }
    assert_eq!(owner(&top.join("of-root")), (0, 0));
}
