use super::*;

#[tokio::test]
async fn entries_may_come_in_any_order() {
    let archive = [
        entry(b'5', "./", 0, b""),
        file("./a/b/c", b"one"),
        file("a/d", b""),
        entry(b'5', "e/", 0, b""),
        file("e/f", b"two"),
        entry(b'0', "old/", 0, b""),
        file("a/b/g", b""),
        link(b'2', "a/link", "../e/f"),
        end(),
    ];
    let (sent, outcome) = unpacked(archive.concat()).await;
    outcome.unwrap();
    let expected = "directory |directory a|directory b|file c 640 3 7000000000|data one|leave|file d 640 0 7000000000|leave|\
        directory e 640|file f 640 3 7000000000|data two|leave|directory old 640|leave|directory a|directory b|\
        file g 640 0 7000000000|leave|link link ../e/f|leave|leave|end";
    assert_eq!(sent.join("|"), expected);
}

#[tokio::test]
async fn extended_headers_override_name_target_size_and_time() {
    let long = format!("{}/{}", "d".repeat(200), "f".repeat(250));
    let archive = [
        extension(b'g', &[("comment", b"a commit")]),
        extension(
            b'x',
            &[("path", long.as_bytes()), ("size", b"3"), ("mtime", b"1.5"), ("SCHILY.xattr.x", b"\n\0")],
        ),
        entry(b'0', "short", 3, b"one"),
        entry(b'L', "././@LongLink", long.len() as u64 + 1, format!("{long}\0").as_bytes()),
        file("short", b"two"),
        entry(b'K', "././@LongLink", 250, "t".repeat(250).as_bytes()),
        link(b'2', "link", "short"),
    ];
    // Without the zero blocks at the end.
    let (sent, outcome) = unpacked(archive.concat()).await;
    outcome.unwrap();
    let (directory, name) = ("d".repeat(200), "f".repeat(250));
    let expected = [
        "directory ".to_owned(),
        format!("directory {directory}"),
        format!("file {name} 640 3 1500000000"),
        "data one".to_owned(),
        format!("file {name} 640 3 7000000000"),
        "data two".to_owned(),
        "leave".to_owned(),
        format!("link link {}", "t".repeat(250)),
        "leave".to_owned(),
        "end".to_owned(),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn random_damage_never_panics() {
    let whole = [
        extension(b'x', &[("path", b"a/b"), ("mtime", b"1.5")]),
        file("a", b"one"),
        entry(b'L', "long", 3, b"b/c"),
        file("b", b"two"),
        link(b'2', "link", "a"),
        end(),
    ]
    .concat();
    // A small xorshift generator, so that every run has the same inputs.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let place = usize::try_from(state >> 8).unwrap() % bytes.len();
            bytes[place] = state.to_le_bytes()[0];
        }
        // Correct the checksums, so that they don't hide the other damage.
        for start in (0..bytes.len() - BLOCK).step_by(BLOCK) {
            let mut header = Header::from_byte_slice(&bytes[start..start + BLOCK]).clone();
            if header.as_bytes()[..BLOCK - 12].iter().any(|byte| *byte != 0) {
                header.set_cksum();
                bytes[start..start + BLOCK].copy_from_slice(header.as_bytes());
            }
        }
        let _ = unpacked(bytes).await;
    }
}

#[tokio::test]
async fn zeros_take_no_space() {
    let archive = [file("zeros", &[&[0; 8192][..], b"x"].concat()), end()].concat();
    let (sent, outcome) = unpacked(archive).await;
    outcome.unwrap();
    assert_eq!(sent.join("|"), "directory |file zeros 640 8193 7000000000|hole 8192|data x|leave|end");
}
