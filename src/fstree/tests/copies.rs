use super::*;

fn project(scratch: &Scratch) -> PathBuf {
    let project = scratch.path("project");
    fs::create_dir_all(project.join("src/deep/er")).unwrap();
    fs::create_dir(project.join("empty")).unwrap();
    fs::write(project.join("run.sh"), "#!/bin/sh").unwrap();
    fs::write(project.join("src/a"), "a").unwrap();
    fs::write(project.join("src/deep/er/none"), "").unwrap();
    symlink("../run.sh", project.join("src/link")).unwrap();
    symlink("nowhere", project.join("dangling")).unwrap();
    for (name, mode) in [("run.sh", 0o6755), ("src/a", 0o640), ("empty", 0o1700), ("src/deep", 0o555)] {
        fs::set_permissions(project.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    project
}

#[tokio::test]
async fn a_tree_arrives_as_it_is() {
    let scratch = Scratch::new();
    let (from, to) = (project(&scratch), scratch.path("to"));
    let old = fs::File::open(from.join("src/a")).unwrap();
    old.set_times(fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH)).unwrap();
    let (copied, outcome) = copy(&from, &to).await;
    assert_eq!((copied, outcome), (Copied { entries: 9, bytes: 10 }, Ok(())));
    let mut expected = listing(&from);
    // Permissions are kept, but no set-user-id bit: the copy belongs to another user.
    expected.insert("run.sh".into(), "file 755 #!/bin/sh".to_owned());
    expected.insert("empty".into(), "directory 700".to_owned());
    assert_eq!(listing(&to), expected);
    assert_eq!(to.join("src/a").metadata().unwrap().modified().unwrap(), std::time::UNIX_EPOCH);
    let times = |path: &Path| path.join("src").metadata().unwrap().modified().unwrap();
    assert_eq!(times(&to), times(&from));
}

#[tokio::test]
async fn a_file_arrives_under_its_new_name_with_the_directories_that_lead_there() {
    let scratch = Scratch::new();
    let content = vec![b'x'; 1_000_000];
    fs::write(scratch.path("file"), &content).unwrap();
    let to = scratch.path("a/b/c");
    let (copied, outcome) = copy(&scratch.path("file"), &to).await;
    assert_eq!((copied, outcome), (Copied { entries: 1, bytes: 1_000_000 }, Ok(())));
    assert!(fs::read(&to).unwrap() == content);
    assert_eq!(names(&scratch.0), ["a", "a/b", "a/b/c", "file"]);
    fs::write(scratch.path("file"), "new").unwrap();
    copy(&scratch.path("file"), &to).await.1.unwrap();
    assert_eq!(fs::read(&to).unwrap(), b"new");
}

#[tokio::test]
async fn a_copy_is_merged_into_an_existing_directory() {
    let scratch = Scratch::new();
    let (from, to) = (project(&scratch), scratch.path("to"));
    fs::create_dir_all(to.join("src")).unwrap();
    fs::write(to.join("src/a"), "old").unwrap();
    fs::write(to.join("src/kept"), "kept").unwrap();
    symlink("/etc/passwd", to.join("run.sh")).unwrap();
    fs::set_permissions(&to, fs::Permissions::from_mode(0o711)).unwrap();
    assert_eq!(copy(&from, &to).await.1, Ok(()));
    let found = listing(&to);
    let entry = |name: &str| found[std::ffi::OsStr::new(name)].as_str();
    assert_eq!(
        [entry("src/a"), entry("src/kept"), entry("run.sh")],
        ["file 640 a", "file 644 kept", "file 755 #!/bin/sh"]
    );
    assert_eq!(to.metadata().unwrap().mode() & 0o777, 0o711);
    assert_eq!(found.len(), listing(&from).len() + 1);
    // Again, with the same result.
    assert_eq!(copy(&from, &to).await.1, Ok(()));
    assert_eq!(listing(&to), found);
}

#[tokio::test]
async fn a_directory_does_not_take_the_place_of_a_file_nor_a_file_that_of_a_directory() {
    let scratch = Scratch::new();
    let errno = |outcome: Result<(), Failure>| match outcome.unwrap_err().reason {
        Reason::System(error) => error.name,
        reason => panic!("{reason:?}"),
    };
    fs::create_dir_all(scratch.path("one/a")).unwrap();
    fs::write(scratch.path("one/a/in"), "").unwrap();
    fs::create_dir(scratch.path("two")).unwrap();
    fs::write(scratch.path("two/a"), "").unwrap();
    assert_eq!(errno(copy(&scratch.path("one"), &scratch.path("two")).await.1), "ENOTDIR");
    assert_eq!(errno(copy(&scratch.path("two"), &scratch.path("one")).await.1), "EISDIR");
    assert_eq!(errno(copy(&scratch.path("two/a"), &scratch.path("one")).await.1), "EISDIR");
    assert_eq!(errno(copy(&scratch.path("one"), &scratch.path("two/a")).await.1), "ENOTDIR");
    assert_eq!(names(&scratch.0), ["one", "one/a", "one/a/in", "two", "two/a"]);
}

#[tokio::test]
async fn names_are_any_bytes() {
    let scratch = Scratch::new();
    let from = scratch.path("from");
    fs::create_dir(&from).unwrap();
    let odd = [&b"new\nline"[..], b"\x1b[31m", b"\xff\xfe", b"-rf", b" ", b"\\", &[b'n'; 255]];
    for name in odd {
        fs::write(from.join(OsString::from_vec(name.to_vec())), name).unwrap();
    }
    copy(&from, &scratch.path("to")).await.1.unwrap();
    for name in odd {
        assert_eq!(fs::read(scratch.path("to").join(std::ffi::OsStr::from_bytes(name))).unwrap(), name);
    }
}

#[tokio::test]
async fn thirty_thousand_nested_directories_arrive() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("from")).unwrap();
    let mut directory = open_directory(AT_FDCWD, &scratch.path("from")).unwrap();
    for _ in 0..30_000 {
        nix::sys::stat::mkdirat(&directory, "d", nix::sys::stat::Mode::S_IRWXU).unwrap();
        directory = open_directory(&directory, "d").unwrap();
    }
    let (copied, outcome) = copy(&scratch.path("from"), &scratch.path("to")).await;
    assert_eq!((copied.entries, outcome), (30_000, Ok(())));
}

#[tokio::test]
async fn a_wide_directory_arrives() {
    let scratch = Scratch::new();
    for number in 0..1000 {
        fs::create_dir_all(scratch.path(&format!("from/{number}/in"))).unwrap();
        fs::write(scratch.path(&format!("from/{number}/file")), number.to_string()).unwrap();
    }
    let (copied, outcome) = copy(&scratch.path("from"), &scratch.path("to")).await;
    assert_eq!((copied.entries, outcome), (3000, Ok(())));
    assert_eq!(listing(&scratch.path("to")), listing(&scratch.path("from")));
}

#[tokio::test]
async fn a_tree_that_contains_its_own_target_is_copied_once() {
    let scratch = Scratch::new();
    let tree = scratch.path("tree");
    fs::create_dir_all(tree.join("data/one")).unwrap();
    fs::write(tree.join("file"), "x").unwrap();
    let mut walk = walk(&tree, LIMITS);
    let mut receiver = receiver(&tree.join("data/one/copy"), LIMITS);
    // Piece by piece, so that each piece exists before the walk looks for the next.
    loop {
        let mut messages = Vec::new();
        let more = walk.step(&mut messages).unwrap();
        let mut input = MessageReader::new(Bytes::new(messages));
        while let Some(piece) = input.next::<Piece>().await.unwrap() {
            match piece {
                Piece::End => receiver.finish().unwrap(),
                piece => receiver.accept(&piece).unwrap(),
            }
        }
        if !more {
            break;
        }
    }
    assert_eq!(names(&tree.join("data/one/copy")), ["data", "data/one", "file"]);
}

#[tokio::test]
async fn files_that_are_only_named_as_drafts_are_copied() {
    let scratch = Scratch::new();
    let from = scratch.path("from");
    for name in
        [".cofferdam-draft-", ".cofferdam-draft-1-0", ".cofferdam-draft-0123456789abcdef0123456789abcdef"]
    {
        fs::create_dir_all(from.join("in").join(name)).unwrap();
        fs::write(from.join("in").join(name).join(name), "mine").unwrap();
        symlink("in", from.join(name)).unwrap();
    }
    copy(&from, &scratch.path("to")).await.1.unwrap();
    assert_eq!(listing(&scratch.path("to")), listing(&from));
}

#[tokio::test]
async fn a_draft_that_is_being_written_is_not_copied() {
    let scratch = Scratch::new();
    let from = scratch.path("from");
    fs::create_dir(&from).unwrap();
    let opened = || open_directory(AT_FDCWD, &from).unwrap();
    let (_draft, _) = Draft::file(opened(), c"file".to_owned()).unwrap();
    fs::write(from.join("whole"), "").unwrap();
    copy(&from, &scratch.path("to")).await.1.unwrap();
    assert_eq!(names(&scratch.path("to")), ["whole"]);
}

/// The space that a file takes, in bytes.
fn space(path: &Path) -> u64 {
    path.metadata().unwrap().blocks() * 512
}

#[tokio::test]
async fn holes_stay_holes() {
    let scratch = Scratch::on_disk();
    let (from, to) = (scratch.path("from"), scratch.path("to"));
    fs::create_dir(&from).unwrap();
    // No data at all; data at the end, in the middle, at the beginning; zeros that were written.
    let holes =
        [("none", None), ("end", Some((100 << 20) - 5)), ("middle", Some(50 << 20)), ("beginning", Some(0))];
    for (name, place) in holes {
        let file = fs::File::create(from.join(name)).unwrap();
        file.set_len(100 << 20).unwrap();
        if let Some(place) = place {
            std::os::unix::fs::FileExt::write_all_at(&file, b"data!", place).unwrap();
        }
    }
    fs::write(from.join("zeros"), vec![0; 5_000_001]).unwrap();
    let (copied, outcome) = copy(&from, &to).await;
    assert_eq!((copied.bytes, outcome), ((400 << 20) + 5_000_001, Ok(())));
    for (name, _) in holes.into_iter().chain([("zeros", None)]) {
        let [sent, received] = [from.join(name), to.join(name)];
        assert!(fs::read(&sent).unwrap() == fs::read(&received).unwrap(), "{name}");
        assert!(space(&received) <= 16 * 1024, "{name} takes {}", space(&received));
    }
}
