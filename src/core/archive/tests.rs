use std::io::Write;

use cofferdam_protocol::wire::message::MessageReader;
use flate2::{Compression, write::GzEncoder};
use futures_util::io::Cursor as Frames;

use super::*;

const LIMITS: Limits = Limits { entries: 100, bytes: 1 << 20 };

/// One entry of an archive: a header with this type, name and size, and then the content.
fn entry(kind: u8, name: &str, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(EntryType::new(kind));
    header.set_size(size);
    header.set_mode(0o640);
    header.set_mtime(7);
    header.set_cksum();
    block(&header, content)
}

fn block(header: &Header, content: &[u8]) -> Vec<u8> {
    let mut block = header.as_bytes().to_vec();
    block.extend(content);
    block.resize(block.len().next_multiple_of(BLOCK), 0);
    block
}

fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(b'0', name, content.len() as u64, content)
}

fn link(kind: u8, name: &str, target: &str) -> Vec<u8> {
    let mut header = Header::from_byte_slice(&entry(kind, name, 0, b"")[..BLOCK]).clone();
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_cksum();
    block(&header, b"")
}

fn extension(kind: u8, records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut content = Vec::new();
    for (key, value) in records {
        let mut length = key.len() + value.len() + 3;
        length += length.to_string().len();
        length = key.len() + value.len() + 3 + length.to_string().len();
        content.extend(format!("{length} {key}=").as_bytes());
        content.extend(*value);
        content.push(b'\n');
    }
    entry(kind, "extension", content.len() as u64, &content)
}

fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// What is sent of an archive, in words, and why no more of it is.
async fn unpacked(bytes: Vec<u8>) -> (Vec<String>, Result<(), Failure>) {
    let mut unpacking = Archive::Bytes(bytes.into()).open(LIMITS).unwrap();
    let mut frames = Vec::new();
    let outcome = loop {
        match unpacking.fill(&mut frames) {
            Ok(true) => {}
            outcome => break outcome.map(drop),
        }
    };
    let mut reader = MessageReader::new(Frames::new(frames));
    let mut told = Vec::new();
    while let Some(piece) = reader.next::<Piece>().await.unwrap() {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        told.push(match piece {
            Piece::Directory { name, attributes: Some(attributes) } => {
                format!("directory {} {:o}", text(name), attributes.mode)
            }
            Piece::Directory { name, attributes: None } => format!("directory {}", text(name)),
            Piece::Leave => "leave".to_owned(),
            Piece::File { name, attributes: Attributes { mode, modified }, size } => {
                format!("file {} {mode:o} {size} {}", text(name), modified.unwrap_or_default())
            }
            Piece::Data(data) => format!("data {}", text(data)),
            Piece::Link { name, target } => format!("link {} {}", text(name), text(target)),
            Piece::End => "end".to_owned(),
            Piece::Failed(failure) => panic!("{failure:?}"),
        });
    }
    (told, outcome)
}

/// Why an archive of this, between a file before and one after it, is refused.
async fn refused(entries: &[Vec<u8>]) -> Failure {
    let archive = [file("before", b""), entries.concat(), file("after", b""), end()].concat();
    let (told, outcome) = unpacked(archive.clone()).await;
    let last = told.last().map(String::as_str);
    assert!(last != Some("end") && !told.iter().any(|piece| piece.contains("after")), "{told:?}");
    outcome.unwrap_err()
}

#[tokio::test]
async fn directories_are_entered_and_left_whatever_the_order() {
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
    let (told, outcome) = unpacked(archive.concat()).await;
    outcome.unwrap();
    let expected = "directory |directory a|directory b|file c 640 3 7000000000|data one|leave|file d 640 0 7000000000|leave|\
        directory e 640|file f 640 3 7000000000|data two|leave|directory old 640|leave|directory a|directory b|\
        file g 640 0 7000000000|leave|link link ../e/f|leave|leave|end";
    assert_eq!(told.join("|"), expected);
}

#[tokio::test]
async fn long_names_and_what_else_extensions_say_count() {
    let long = format!("{}/{}", "d".repeat(200), "f".repeat(250));
    let archive = [
        extension(b'g', &[("comment", b"of a commit")]),
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
    // The end need not be marked.
    let (told, outcome) = unpacked(archive.concat()).await;
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
    assert_eq!(told, expected);
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    for name in ["/etc/passwd", "../x", "a/../../x", "a/..", "..", "a/./../x"] {
        let failure = refused(&[file(name, b"x")]).await;
        assert_eq!((failure.entry, failure.reason), (name.as_bytes().to_vec(), Reason::Name));
        assert_eq!(
            refused(&[extension(b'x', &[("path", name.as_bytes())]), file("a", b"")]).await.reason,
            Reason::Name
        );
        assert_eq!(
            refused(&[entry(b'L', "long", name.len() as u64, name.as_bytes()), file("a", b"")]).await.reason,
            Reason::Name
        );
        assert_eq!(refused(&[entry(b'5', name, 0, b"")]).await.reason, Reason::Name);
    }
    for name in [&b"a\0b"[..], &[b'n'; 300], b""] {
        let failure = refused(&[extension(b'x', &[("path", name)]), file("a", b"")]).await;
        assert_eq!(failure.reason, Reason::Name, "{name:?}");
    }
}

#[tokio::test]
async fn links_that_lead_out_are_refused() {
    for target in ["/etc", "../..", "../../x", "a/../..", ""] {
        let failure = refused(&[link(b'2', "dir/link", target)]).await;
        assert_eq!((&failure.entry[..], failure.reason), (&b"dir/link"[..], Reason::Link), "{target}");
    }
    let (_, outcome) = unpacked([link(b'2', "dir/link", ".."), end()].concat()).await;
    assert_eq!(outcome, Ok(()));
}

#[tokio::test]
async fn what_is_no_file_directory_or_symbolic_link_is_refused() {
    for (kind, reason) in [
        (b'1', Reason::HardLink),
        (b'3', Reason::Kind(Kind::Device)),
        (b'4', Reason::Kind(Kind::Device)),
        (b'6', Reason::Kind(Kind::Fifo)),
        (b'S', Reason::Kind(Kind::Other)),
        (b'M', Reason::Kind(Kind::Other)),
        (b'Z', Reason::Kind(Kind::Other)),
    ] {
        assert_eq!(refused(&[link(kind, "x", "before")]).await.reason, reason);
    }
    for key in ["GNU.sparse.major", "GNU.sparse.realsize"] {
        let failure = refused(&[extension(b'x', &[(key, b"1")]), file("a", b"")]).await;
        assert_eq!(failure.reason, Reason::Kind(Kind::Other));
    }
}

#[tokio::test]
async fn sizes_that_are_none_or_too_large_are_refused() {
    let sized = |size: &[u8; 12]| {
        let mut header = Header::from_byte_slice(&file("x", b"")[..BLOCK]).clone();
        header.as_old_mut().size = *size;
        header.set_cksum();
        block(&header, b"")
    };
    assert_eq!(refused(&[sized(b"-0000000001\0")]).await.reason, Reason::Malformed);
    assert_eq!(refused(&[sized(b"notanumber!\0")]).await.reason, Reason::Malformed);
    // -1 as GNU writes large numbers, and the largest.
    assert_eq!(refused(&[sized(&[0xff; 12])]).await.reason, Reason::TooLarge);
    assert_eq!(refused(&[sized(b"77777777777\0")]).await.reason, Reason::TooLarge);
    let huge = u64::MAX.to_string();
    assert_eq!(
        refused(&[extension(b'x', &[("size", huge.as_bytes())]), file("a", b"")]).await.reason,
        Reason::TooLarge
    );
    // What one reader skips, another reads as headers.
    for kind in *b"52" {
        assert_eq!(refused(&[entry(kind, "x", 512, &file("hidden", b""))]).await.reason, Reason::Malformed);
    }
    assert_eq!(refused(&[extension(b'g', &[("size", b"512")])]).await.reason, Reason::Malformed);
    assert_eq!(refused(&[extension(b'g', &[("path", b"x")])]).await.reason, Reason::Malformed);
}

#[tokio::test]
async fn a_bomb_takes_no_memory() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&entry(b'0', "zeros", 4 << 30, b"")).unwrap();
    bomb.write_all(&vec![0; 10 << 20]).unwrap();
    assert_eq!(unpacked(bomb.finish().unwrap()).await.1.unwrap_err().reason, Reason::TooLarge);
    for kind in *b"xgLK" {
        let failure = refused(&[entry(kind, "extension", 1 << 30, b"")]).await;
        assert_eq!(failure.reason, Reason::Malformed);
    }
    let long = vec![b'x'; 256 * 1024];
    let extensions: Vec<_> = (0..5).map(|_| entry(b'K', "long", 256 * 1024, &long)).collect();
    assert_eq!(refused(&extensions).await.reason, Reason::TooLarge);
    let many: Vec<_> = (0..100).map(|number| file(&number.to_string(), b"")).collect();
    assert_eq!(refused(&many).await.reason, Reason::TooMany);
}

#[tokio::test]
async fn what_is_cut_or_no_archive_is_refused_and_gzip_is_known() {
    let archive = [file("a", b"one"), end()].concat();
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(&archive).unwrap();
    let compressed = compressed.finish().unwrap();
    assert_eq!(unpacked(compressed.clone()).await, unpacked(archive.clone()).await);
    for cut in [1, 100, 511, 513, 600] {
        assert_eq!(unpacked(archive[..cut].to_vec()).await.1.unwrap_err().reason, Reason::Malformed, "{cut}");
    }
    let half = compressed[..compressed.len() / 2].to_vec();
    for noise in [half, b"PK\x03\x04 and so on".to_vec(), vec![b'x'; 5000], GZIP.to_vec()] {
        assert_eq!(unpacked(noise).await.1.unwrap_err().reason, Reason::Malformed);
    }
    let mut damaged = archive.clone();
    damaged[3] ^= 1;
    assert_eq!(unpacked(damaged).await.1.unwrap_err().reason, Reason::Malformed);
    // What describes nothing.
    let lonely = [extension(b'x', &[("path", b"x")]), end()].concat();
    assert_eq!(unpacked(lonely).await.1.unwrap_err().reason, Reason::Malformed);
    assert_eq!(unpacked(Vec::new()).await.1, Ok(()));
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
    // A small xorshift: the same inputs in every run.
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
        // With checksums that are right again, so that it is not the first thing to be noticed.
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
