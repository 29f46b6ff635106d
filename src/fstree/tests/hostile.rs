use super::*;

const ATTRIBUTES: Attributes = Attributes { mode: 0o644, modified: None };

fn directory(name: &[u8]) -> Piece<'_> {
    Piece::Directory { name, attributes: Some(Attributes { mode: 0o755, modified: Some(i64::MIN) }) }
}

fn file(name: &[u8], size: u64) -> Piece<'_> {
    Piece::File { name, attributes: ATTRIBUTES, size }
}

fn link<'a>(name: &'a [u8], target: &'a [u8]) -> Piece<'a> {
    Piece::Link { name, target }
}

async fn receive_all(pieces: &[Piece<'_>], to: &Path, limits: Limits) -> (Copied, Result<(), Failure>) {
    let mut messages = Vec::new();
    for piece in pieces {
        message::append(&mut messages, piece).unwrap();
    }
    receive_messages(messages, to, limits).await
}

/// Sends pieces after a top. They are refused and leave nothing behind, neither under their name nor next to it.
async fn refused(pieces: Vec<Piece<'_>>) -> Failure {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("there")).unwrap();
    let mut all = vec![directory(b"")];
    all.extend(pieces);
    all.extend([Piece::Leave, Piece::End]);
    let (copied, outcome) = receive_all(&all, &scratch.path("new"), LIMITS).await;
    assert_eq!(copied, Copied::default());
    assert_eq!(names(&scratch.0), ["there"]);
    let failure = outcome.unwrap_err();
    let (_, again) = receive_all(&all, &scratch.path("there"), LIMITS).await;
    assert_eq!(again.unwrap_err().entry, failure.entry);
    assert!(names(&scratch.0).iter().all(|name| !name.to_string_lossy().contains(".cofferdam")));
    failure
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    for name in [&b".."[..], b".", b"", b"/etc/passwd", b"a/b", b"a\0b", b"../../x", &[b'n'; 300]] {
        for piece in [file(name, 0), directory(name), link(name, b"a")] {
            let failure = refused(vec![directory(b"in"), piece, Piece::Leave]).await;
            assert_eq!(failure.reason, Reason::Name, "{name:?}");
        }
    }
}

#[tokio::test]
async fn links_that_lead_out_are_refused_by_name() {
    for target in [&b"/etc/passwd"[..], b"../..", b"../../x", b"", b"a/../../..", b"/", b"x\0"] {
        let failure = refused(vec![directory(b"in"), link(b"out", target), Piece::Leave]).await;
        assert_eq!((&failure.entry[..], failure.reason), (&b"in/out"[..], Reason::Link), "{target:?}");
    }
}

#[tokio::test]
async fn a_link_is_never_written_through() {
    // A link to its own directory, which is in the tree.
    let failure = refused(vec![link(b"a", b"."), directory(b"a"), file(b"x", 0), Piece::Leave]).await;
    assert_eq!(failure.entry, b"a");
    refused(vec![directory(b"a"), Piece::Leave, link(b"a", b".")]).await;
    refused(vec![link(b"a", b"b"), directory(b"a"), link(b"c", b".."), Piece::Leave]).await;
}

#[tokio::test]
async fn an_existing_link_is_not_written_through_either() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path("outside")).unwrap();
    fs::create_dir_all(scratch.path("there")).unwrap();
    fs::write(scratch.path("outside/file"), "kept").unwrap();
    symlink(scratch.path("outside"), scratch.path("there/directory")).unwrap();
    symlink(scratch.path("outside/file"), scratch.path("there/file")).unwrap();
    symlink(scratch.path("outside"), scratch.path("link")).unwrap();
    let into =
        [directory(b""), directory(b"directory"), file(b"x", 0), Piece::Leave, Piece::Leave, Piece::End];
    receive_all(&into, &scratch.path("there"), LIMITS).await.1.unwrap_err();
    let over = [directory(b""), file(b"file", 1), Piece::Data(b"y"), Piece::Leave, Piece::End];
    receive_all(&over, &scratch.path("there"), LIMITS).await.1.unwrap();
    receive_all(&over, &scratch.path("link"), LIMITS).await.1.unwrap_err();
    assert_eq!(fs::read(scratch.path("there/file")).unwrap(), b"y");
    assert_eq!(listing(&scratch.path("outside")).into_values().collect::<Vec<_>>(), ["file 644 kept"]);
}

#[tokio::test]
async fn a_name_that_comes_twice_in_a_new_directory_is_refused() {
    refused(vec![directory(b"a"), file(b"x", 0), file(b"x", 0), Piece::Leave]).await;
    refused(vec![directory(b"a"), file(b"x", 0), link(b"x", b"y"), Piece::Leave]).await;
    refused(vec![directory(b"a"), link(b"x", b"y"), file(b"x", 0), Piece::Leave]).await;
    refused(vec![directory(b"a"), directory(b"x"), Piece::Leave, link(b"x", b"y"), Piece::Leave]).await;
}

#[tokio::test]
async fn pieces_that_form_no_tree_are_refused() {
    let data = Piece::Data(b"data");
    for pieces in [
        vec![Piece::Data(b"data")],
        vec![file(b"a", 3), data],
        vec![file(b"a", 10), Piece::Data(b"data"), file(b"b", 0)],
        vec![file(b"a", 10), Piece::Data(b"data")],
        vec![Piece::Leave, file(b"a", 0)],
        vec![Piece::Leave, Piece::Leave],
        vec![directory(b"a"), Piece::End],
        vec![file(b"a", 0), Piece::Data(b"data")],
        vec![Piece::Hole(1)],
        vec![file(b"a", 3), Piece::Hole(4)],
        vec![file(b"a", 3), Piece::Hole(u64::MAX)],
        vec![file(b"a", 3), Piece::Hole(0), Piece::Data(b"abc")],
        vec![file(b"a", 3), Piece::Hole(2)],
    ] {
        let message = format!("{pieces:?}");
        assert_eq!(refused(pieces).await.reason, Reason::Malformed, "{message}");
    }
    let scratch = Scratch::new();
    for pieces in [
        vec![Piece::End],
        vec![Piece::Leave],
        vec![link(b"a", b"b")],
        vec![file(b"", 0), file(b"", 0)],
        vec![file(b"", 0), Piece::Leave],
    ] {
        let (_, outcome) = receive_all(&pieces, &scratch.path("to/a"), LIMITS).await;
        assert_eq!(outcome.unwrap_err().reason, Reason::Malformed, "{pieces:?}");
    }
}

#[tokio::test]
async fn more_than_the_limits_is_refused_and_not_kept() {
    let scratch = Scratch::new();
    let limits = Limits { entries: 3, bytes: 1000 };
    let huge = [directory(b""), file(b"huge", u64::MAX)];
    assert_eq!(receive_all(&huge, &scratch.path("to"), limits).await.1.unwrap_err().reason, Reason::TooLarge);
    let sum = [directory(b""), file(b"a", 0), file(b"b", 1001)];
    assert_eq!(receive_all(&sum, &scratch.path("to"), limits).await.1.unwrap_err().reason, Reason::TooLarge);
    let many = [directory(b""), file(b"a", 0), link(b"b", b"a"), directory(b"c"), file(b"d", 0)];
    let failure = receive_all(&many, &scratch.path("to"), limits).await.1.unwrap_err();
    assert_eq!((&failure.entry[..], failure.reason), (&b"c/d"[..], Reason::TooMany));
    assert!(names(&scratch.0).is_empty());
}

#[tokio::test]
async fn the_sender_keeps_to_the_limits_too() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("from")).unwrap();
    // A sparse file of 8 TiB.
    fs::File::create(scratch.path("from/sparse")).unwrap().set_len(8 << 40).unwrap();
    let (_, outcome) = copy(&scratch.path("from"), &scratch.path("to")).await;
    assert_eq!(outcome.unwrap_err(), Failure { entry: b"sparse".to_vec(), reason: Reason::TooLarge });
    fs::remove_file(scratch.path("from/sparse")).unwrap();
    for number in 0..5 {
        fs::create_dir(scratch.path(&format!("from/{number}"))).unwrap();
    }
    let limits = Limits { entries: 4, ..LIMITS };
    assert_eq!(
        copy_within(&scratch.path("from"), &scratch.path("to"), limits).await.1.unwrap_err().reason,
        Reason::TooMany
    );
    assert_eq!(names(&scratch.0).len(), 6);
}

#[tokio::test]
async fn special_files_and_links_that_lead_out_are_not_sent() {
    for (target, fits) in [("/etc/passwd", false), ("../outside", false), ("a/../..", false), ("b", true)] {
        let scratch = Scratch::new();
        fs::create_dir_all(scratch.path("from/in")).unwrap();
        symlink(target, scratch.path("from/link")).unwrap();
        let (_, outcome) = copy(&scratch.path("from"), &scratch.path("to")).await;
        let expected =
            if fits { Ok(()) } else { Err(Failure { entry: b"link".to_vec(), reason: Reason::Link }) };
        assert_eq!(outcome, expected, "{target}");
    }
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path("from/in")).unwrap();
    nix::unistd::mkfifo(&scratch.path("from/in/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let failure = copy(&scratch.path("from"), &scratch.path("to")).await.1.unwrap_err();
    assert_eq!(failure.entry, b"in/pipe");
    assert!(!scratch.path("to").exists());
    assert!(matches!(top(&scratch.path("from/in/pipe")), Err(Reason::Kind(_))));
    symlink("from", scratch.path("link")).unwrap();
    assert!(matches!(top(&scratch.path("link")), Err(Reason::System(error)) if error.name == "ELOOP"));
    assert!(matches!(top(Path::new("/dev/null")), Err(Reason::Kind(_))));
}

#[tokio::test]
async fn files_in_proc_are_not_sent() {
    for path in ["/proc", "/proc/self/environ", "/proc/self/fd"] {
        let mut messages = Vec::new();
        let sent = send(&mut walk(Path::new(path), LIMITS), &mut messages).await.unwrap();
        assert!(
            matches!(sent, Err(Failure { reason: Reason::System(error), .. }) if error.name == "EACCES"),
            "{path}"
        );
    }
}
