use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::*;

/// How often each race is tried: `COFFERDAM_TEST_RACES`, by default 3000 times.
fn tries() -> usize {
    std::env::var("COFFERDAM_TEST_RACES").map_or(3000, |tries| tries.parse().unwrap())
}

/// Repeats something in another thread until it is dropped.
struct Meanwhile(Arc<AtomicBool>, Option<thread::JoinHandle<()>>);

impl Meanwhile {
    fn new(mut act: impl FnMut() + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                act();
            }
        });
        Self(stop, Some(thread))
    }
}

impl Drop for Meanwhile {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        if let Some(thread) = self.1.take() {
            let _ = thread.join();
        }
    }
}

/// Swaps two paths atomically.
fn exchange(one: &Path, other: &Path) {
    let [one, other] = [one, other].map(|path| std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap());
    let (here, flags) = (nix::libc::AT_FDCWD, nix::libc::RENAME_EXCHANGE);
    // SAFETY: both strings live until the call returns.
    unsafe { nix::libc::syscall(nix::libc::SYS_renameat2, here, one.as_ptr(), here, other.as_ptr(), flags) };
}

#[tokio::test]
async fn nothing_is_sent_through_a_directory_that_is_swapped_with_a_link() {
    let scratch = Scratch::new();
    let (outside, tree) = (scratch.path("outside"), scratch.path("tree"));
    fs::create_dir_all(tree.join("a/b")).unwrap();
    fs::create_dir_all(outside.join("b")).unwrap();
    fs::write(tree.join("a/b/file"), "inside").unwrap();
    fs::write(outside.join("b/file"), "secret").unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    symlink("../outside", scratch.path("swap")).unwrap();
    let swapping = {
        let (one, other) = (tree.join("a"), scratch.path("swap"));
        Meanwhile::new(move || exchange(&one, &other))
    };
    let (mut whole, mut refused) = (0, 0);
    for _ in 0..tries() {
        let to = scratch.path("to");
        match copy(&tree, &to).await.1 {
            Ok(()) => {
                assert_eq!(fs::read(to.join("a/b/file")).unwrap(), b"inside");
                assert_eq!(names(&to), ["a", "a/b", "a/b/file"]);
                delete_tree(&to).unwrap();
                whole += 1;
            }
            Err(_) => refused += 1,
        }
    }
    drop(swapping);
    assert!(whole > 0 && refused > 0, "{whole} and {refused}");
}

#[tokio::test]
async fn nothing_is_received_through_a_directory_that_is_swapped_with_a_link() {
    let scratch = Scratch::new();
    let (outside, from, to) = (scratch.path("outside"), scratch.path("from"), scratch.path("to"));
    for path in [&outside, &from, &to] {
        fs::create_dir_all(path.join("a/b/c")).unwrap();
    }
    for name in ["a/x", "a/b/x", "a/b/c/x", "a/b/c/y"] {
        fs::write(from.join(name), "x").unwrap();
    }
    symlink("../outside/a", scratch.path("swap")).unwrap();
    let swapping = {
        let (one, other) = (to.join("a"), scratch.path("swap"));
        Meanwhile::new(move || exchange(&one, &other))
    };
    let (mut whole, mut refused) = (0, 0);
    for _ in 0..tries() {
        match copy(&from, &to).await.1 {
            Ok(()) => whole += 1,
            Err(_) => refused += 1,
        }
    }
    drop(swapping);
    assert_eq!(names(&outside), ["a", "a/b", "a/b/c"]);
    assert!(whole > 0 && refused > 0, "{whole} and {refused}");
}

#[tokio::test]
async fn a_walk_does_not_follow_a_moved_directory_upwards() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path("tree/a/b/c")).unwrap();
    fs::create_dir_all(scratch.path("other")).unwrap();
    fs::write(scratch.path("other/secret"), "secret").unwrap();
    let mut walk = walk(&scratch.path("tree"), LIMITS);
    let mut messages = Vec::new();
    while !messages.windows(2).any(|pair| pair == [1, b'c']) {
        assert!(walk.step(&mut messages).unwrap());
    }
    // The walk is in `c`, and the directories above its parent are no longer open.
    fs::rename(scratch.path("tree/a/b"), scratch.path("other/b")).unwrap();
    let failure = loop {
        match walk.step(&mut messages) {
            Ok(more) => assert!(more),
            Err(reason) => break reason,
        }
    };
    assert_eq!(failure, Reason::Changed);
    assert!(!messages.windows(6).any(|bytes| bytes == b"secret"));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_refused() {
    for change in [
        |file: &fs::File| file.set_len(10),
        |file: &fs::File| file.set_len(2_000_000),
        |file: &fs::File| std::io::Write::write_all(&mut { file }, b"new"),
    ] {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path("from")).unwrap();
        fs::write(scratch.path("from/file"), vec![1; 1_000_000]).unwrap();
        let file = fs::OpenOptions::new().write(true).open(scratch.path("from/file")).unwrap();
        file.set_times(fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH)).unwrap();
        let mut walk = walk(&scratch.path("from"), LIMITS);
        let mut messages = Vec::new();
        assert_eq!(walk.fill(&mut messages), Ok(true));
        change(&file).unwrap();
        let failure = loop {
            match walk.fill(&mut messages) {
                Ok(more) => assert!(more),
                Err(failure) => break failure,
            }
        };
        assert_eq!(failure, Failure { entry: b"file".to_vec(), reason: Reason::Changed });
    }
}
