use std::{
    fs::{self, create_dir_all, write},
    os::unix::fs::{lchown, symlink},
};

use tempfile::TempDir;

use super::*;

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap();
    (directory, path)
}

fn path_of(path: &Path) -> Result<PathBuf, Refusal> {
    resolve(path, Links::OfRoot).map(|resolved| resolved.path)
}

fn is_root() -> bool {
    geteuid().is_root()
}

#[test]
fn a_path_is_followed_as_far_as_it_exists() {
    let (_guard, at) = place();
    create_dir_all(at.join("a/b")).unwrap();
    write(at.join("a/file"), "").unwrap();
    assert_eq!(path_of(&at.join("a/./b/../file")).unwrap(), at.join("a/file"));
    let resolved = resolve(&at.join("a/x/y"), Links::OfRoot).unwrap();
    assert_eq!((resolved.path, resolved.missing), (at.join("a"), vec!["x".into(), "y".into()]));
    assert_eq!(path_of(&at.join("a/file/x")).unwrap_err().errno(), Errno::ENOTDIR);
    assert_eq!(path_of(&at.join("a/x/../b")).unwrap_err().errno(), Errno::ENOENT);
    assert_eq!(path_of(Path::new("/../..")).unwrap(), Path::new("/"));
}

#[test]
fn links_of_root_are_followed_and_those_of_others_are_not() {
    let (_guard, at) = place();
    create_dir_all(at.join("real/inner")).unwrap();
    symlink(at.join("real"), at.join("absolute")).unwrap();
    symlink("real/../real", at.join("relative")).unwrap();
    symlink("loop", at.join("loop")).unwrap();
    for name in ["absolute/inner", "relative/inner"] {
        let found = path_of(&at.join(name));
        if is_root() {
            assert_eq!(found.unwrap(), at.join("real/inner"), "{name}");
        } else {
            assert!(matches!(found, Err(Refusal::Link { .. })), "{name}");
        }
        let own = resolve(&at.join(name), Links::OfRootOrOwn).unwrap();
        assert_eq!(own.path, at.join("real/inner"), "{name}");
    }
    if is_root() {
        assert_eq!(path_of(&at.join("loop")).unwrap_err().errno(), Errno::ELOOP);
        lchown(at.join("absolute"), Some(1000), Some(1000)).unwrap();
        for links in [Links::OfRoot, Links::OfRootOrOwn] {
            for path in ["absolute", "absolute/inner", "absolute/missing"] {
                let found = resolve(&at.join(path), links);
                assert!(matches!(found, Err(Refusal::Link { owner: 1000, .. })), "{path}");
            }
        }
    }
}

#[test]
fn nothing_in_a_data_directory_is_found_but_the_directory_itself_is() {
    let (_guard, at) = place();
    create_dir_all(at.join("data/.cofferdam")).unwrap();
    create_dir_all(at.join("data/conv/project")).unwrap();
    write(at.join("data/.cofferdam/namespace"), "0123456789ab").unwrap();
    symlink("/etc", at.join("data/conv/link")).unwrap();
    symlink(at.join("data/conv"), at.join("alias")).unwrap();
    assert_eq!(path_of(&at.join("data")).unwrap(), at.join("data"));
    for path in
        ["data/conv", "data/conv/project", "data/conv/link", "data/conv/link/passwd", "data/new", "data/x/y"]
    {
        assert!(matches!(path_of(&at.join(path)), Err(Refusal::DataDirectory(_))), "{path}");
    }
    if is_root() {
        assert!(matches!(path_of(&at.join("alias/project")), Err(Refusal::DataDirectory(_))));
    }
}

#[test]
fn a_path_that_changes_places_with_a_link_never_leads_elsewhere() {
    let (_guard, at) = place();
    create_dir_all(at.join("in/project")).unwrap();
    create_dir_all(at.join("out")).unwrap();
    symlink(at.join("out"), at.join("link")).unwrap();
    lchown(at.join("link"), Some(1000), Some(1000)).ok();
    let races =
        std::env::var("COFFERDAM_TEST_RACES").ok().and_then(|races| races.parse().ok()).unwrap_or(20_000);
    let swapping = at.clone();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let swapper = std::thread::spawn(move || {
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            for (from, to) in [
                ("in/project", "aside"),
                ("link", "in/project"),
                ("in/project", "link"),
                ("aside", "in/project"),
            ] {
                let _ = fs::rename(swapping.join(from), swapping.join(to));
            }
        }
    });
    let outside = Identity::of(fs::File::open(at.join("out")).unwrap()).unwrap();
    for _ in 0..races {
        if let Ok(Resolved { file, missing, .. }) = resolve(&at.join("in/project"), Links::OfRoot)
            && missing.is_empty()
            && is_root()
        {
            assert_ne!(Identity::of(&file).unwrap(), outside);
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    swapper.join().unwrap();
}

use super::super::Identity;
