use std::{
    collections::BTreeMap,
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use nix::{
    fcntl::{AT_FDCWD, RenameFlags, renameat2},
    unistd::mkfifo,
};

use super::{super::context::Recipe, *};
use crate::error::Code;

fn opened(top: &Path) -> Context {
    Context::open(top.to_owned(), &Recipe::Inside("Dockerfile".into())).unwrap().0
}

/// A context with these files.
fn scratch(files: &[(&str, &str)]) -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    for (path, content) in [("Dockerfile", "FROM scratch")].iter().chain(files) {
        let path = top.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    top
}

fn pack(top: &Path) -> Result<Vec<u8>, Error> {
    let mut archive = Builder::new(Vec::new());
    append(&mut archive, &opened(top), || true)?;
    Ok(archive.into_inner().unwrap())
}

/// What is in an archive: path to content, or to the target of a link.
fn unpack(archive: &[u8]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        if let Some(target) = entry.link_name().unwrap() {
            content = format!("-> {}", target.display());
        }
        found.insert(entry.path().unwrap().display().to_string(), content);
    }
    found
}

/// How often each race is tried: `COFFERDAM_TEST_RACES`, by default 1000 times.
fn tries() -> usize {
    std::env::var("COFFERDAM_TEST_RACES").map_or(1000, |tries| tries.parse().unwrap())
}

/// Swaps two paths over and over while something is done many times.
fn race(one: &Path, other: &Path, mut act: impl FnMut()) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                renameat2(AT_FDCWD, one, AT_FDCWD, other, RenameFlags::RENAME_EXCHANGE).unwrap();
            }
        });
        let done =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (0..tries()).for_each(|_| act())));
        over.store(true, Ordering::Relaxed);
        done.unwrap();
    });
}

#[test]
fn files_and_links_are_sent_and_nothing_else() {
    let top = scratch(&[
        ("a/b/file", "x"),
        ("a/c", ""),
        (".dockerignore", "gone\n*.tmp\n!keep.tmp"),
        ("b.tmp", ""),
        ("keep.tmp", "k"),
        ("gone/keep.tmp", ""),
    ]);
    let at = |name: &str| top.path().join(name);
    symlink("/etc/shadow", at("a/link")).unwrap();
    symlink("a", at("directory")).unwrap();
    mkfifo(&at("a/pipe"), Mode::S_IRWXU).unwrap();
    let _socket = UnixListener::bind(at("a/socket")).unwrap();
    let archive = pack(top.path()).unwrap();
    let expected = [
        (".dockerignore", "gone\n*.tmp\n!keep.tmp"),
        ("Dockerfile", "FROM scratch"),
        ("a/", ""),
        ("a/b/", ""),
        ("a/b/file", "x"),
        ("a/c", ""),
        ("a/link", "-> /etc/shadow"),
        ("directory", "-> a"),
        ("keep.tmp", "k"),
    ];
    let found =
        unpack(&archive).into_iter().map(|(path, content)| (path.trim_end_matches('/').to_owned(), content));
    let expected =
        expected.map(|(path, content)| (path.trim_end_matches('/').to_owned(), content.to_owned()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(pack(top.path()).unwrap(), archive);
}

#[test]
fn a_file_from_before_1970_is_from_then() {
    let top = scratch(&[("old", "x")]);
    let file = fs::File::options().write(true).open(top.path().join("old")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH - std::time::Duration::from_hours(24)).unwrap();
    let packed = pack(top.path()).unwrap();
    let mut archive = tar::Archive::new(packed.as_slice());
    let mut entries = archive.entries().unwrap().map(Result::unwrap);
    let old = entries.find(|entry| entry.path().unwrap() == Path::new("old")).unwrap();
    assert_eq!(old.header().mtime().unwrap(), 0);
}

#[test]
fn a_file_that_becomes_a_link_is_not_followed() {
    let (top, outside) = (scratch(&[("file", "inside")]), scratch(&[("secret", "secret")]));
    let swap = top.path().join("link");
    symlink(outside.path().join("secret"), &swap).unwrap();
    let seen = std::cell::RefCell::new([0, 0]);
    race(&top.path().join("file"), &swap, || {
        let found = unpack(&pack(top.path()).unwrap());
        assert!(!found.values().any(|content| content == "secret"), "{found:?}");
        let inside = found.get("file").is_some_and(|content| content == "inside");
        seen.borrow_mut()[usize::from(inside)] += 1;
    });
    assert!(seen.borrow().iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn a_directory_that_becomes_a_link_is_not_followed() {
    let (top, outside) =
        (scratch(&[("a/b/file", "inside")]), scratch(&[("b/file", "secret"), ("secret", "secret")]));
    let swap = top.path().join("link");
    symlink(outside.path(), &swap).unwrap();
    let seen = std::cell::RefCell::new([0, 0]);
    race(&top.path().join("a"), &swap, || {
        let found = unpack(&pack(top.path()).unwrap());
        assert!(!found.values().any(|content| content == "secret"), "{found:?}");
        seen.borrow_mut()[usize::from(found.contains_key("a/b/file"))] += 1;
    });
    assert!(seen.borrow().iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn a_file_that_changes_its_size_does_not_shift_what_follows() {
    let top = scratch(&[("a", ""), ("b", "after")]);
    let (file, over) = (fs::File::create(top.path().join("a")).unwrap(), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                file.set_len(100_000).unwrap();
                file.set_len(10).unwrap();
            }
        });
        for _ in 0..tries() {
            assert_eq!(unpack(&pack(top.path()).unwrap())["b"], "after");
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_path_that_is_too_long_is_an_error() {
    let top = scratch(&[]);
    let mut directory = Held::find(top.path()).unwrap().directory().unwrap();
    for _ in 0..3000 {
        nix::sys::stat::mkdirat(&directory, "d", Mode::S_IRWXU).unwrap();
        directory = Held::entry(&directory, "d").unwrap().directory().unwrap();
    }
    let error = pack(top.path()).unwrap_err();
    assert_eq!(error.code(), Code::FileError);
    assert!(error.message().contains("too long"), "{}", error.message());
    cofferdam_fstree::delete_tree(&top.path().join("d")).unwrap();
}

#[test]
fn nothing_is_packed_for_nobody() {
    let top = scratch(&[("a/b", "x")]);
    assert!(append(&mut Builder::new(io::sink()), &opened(top.path()), || false).is_err());
}
