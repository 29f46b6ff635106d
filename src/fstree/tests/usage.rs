//! The disk usage of trees.

use std::fs::{hard_link, set_permissions, write};

use super::*;

fn usage(path: &Path) -> u64 {
    let mut usage = Usage::of(AT_FDCWD, path).unwrap();
    while usage.step().unwrap() {}
    usage.bytes()
}

/// The usage according to `du`.
fn du(path: &Path) -> u64 {
    let output = std::process::Command::new("du").args(["-s", "--block-size=1"]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split('\t').next().unwrap().parse().unwrap()
}

#[test]
fn usage_agrees_with_du() {
    let scratch = Scratch::on_disk();
    let tree = scratch.path("tree");
    fs::create_dir_all(tree.join("a/b/c")).unwrap();
    for index in 0..2000 {
        write(tree.join(format!("a/file {index}")), vec![0; index]).unwrap();
        fs::create_dir(tree.join(format!("a/b/directory {index}"))).unwrap();
    }
    symlink("a", tree.join("link")).unwrap();
    symlink("/", tree.join("a/root")).unwrap();
    let sparse = fs::File::create(tree.join("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    write(tree.join("large"), vec![1; 5_000_000]).unwrap();
    for name in ["a/b/same", "a/same"] {
        hard_link(tree.join("large"), tree.join(name)).unwrap();
    }
    let difference = usage(&tree).abs_diff(du(&tree));
    // A third of a file is not a whole number of blocks.
    assert!(difference < 1024, "{difference}");
    assert_eq!(usage(&tree), usage(&tree));
}

#[test]
fn locked_directories_count_and_stay_locked() {
    let scratch = Scratch::on_disk();
    let locked = scratch.path("locked");
    fs::create_dir_all(locked.join("inner")).unwrap();
    write(locked.join("inner/file"), vec![1; 1_000_000]).unwrap();
    for path in [locked.join("inner"), locked.clone()] {
        set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    assert!(usage(&scratch.0) > 1_000_000);
    assert_eq!(fs::metadata(&locked).unwrap().permissions().mode() & 0o7777, 0);
    set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(fs::metadata(locked.join("inner")).unwrap().permissions().mode() & 0o7777, 0);
}

#[test]
fn a_tree_of_thirty_thousand_levels_is_counted() {
    let scratch = Scratch::new();
    let mut directory = open_directory(AT_FDCWD, &scratch.0).unwrap();
    for _ in 0..30_000 {
        nix::sys::stat::mkdirat(&directory, "d", Mode::S_IRWXU).unwrap();
        directory = open_directory(&directory, "d").unwrap();
    }
    usage(&scratch.0);
}

#[test]
fn a_directory_that_moves_during_the_count_is_an_error() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path("tree/a/b/c/d")).unwrap();
    let mut usage = Usage::of(AT_FDCWD, &scratch.path("tree")).unwrap();
    // Down to the innermost directory: one level for each step.
    for _ in 0..4 {
        assert!(usage.step().unwrap());
    }
    fs::rename(scratch.path("tree/a/b"), scratch.path("elsewhere")).unwrap();
    let outcome = std::iter::repeat_with(|| usage.step()).find(|step| *step != Ok(true));
    assert_eq!(outcome, Some(Err(nix::errno::Errno::ESTALE)));
}
