use std::io::Write;

use cofferdam_protocol::{copy::Reason, file::Kind};
use flate2::{Compression, write::GzEncoder};

use super::*;

#[tokio::test]
async fn paths_that_lead_out_of_the_tree_are_rejected() {
    for name in ["/etc/passwd", "../x", "a/../../x", "a/..", "..", "a/./../x"] {
        let failure = rejected(&[file(name, b"x")]).await;
        assert_eq!((failure.entry, failure.reason), (name.as_bytes().to_vec(), Reason::Name));
        assert_eq!(
            rejected(&[extension(b'x', &[("path", name.as_bytes())]), file("a", b"")]).await.reason,
            Reason::Name
        );
        assert_eq!(
            rejected(&[entry(b'L', "long", name.len() as u64, name.as_bytes()), file("a", b"")]).await.reason,
            Reason::Name
        );
        assert_eq!(rejected(&[entry(b'5', name, 0, b"")]).await.reason, Reason::Name);
    }
    for name in [&b"a\0b"[..], &[b'n'; 300], b""] {
        let failure = rejected(&[extension(b'x', &[("path", name)]), file("a", b"")]).await;
        assert_eq!(failure.reason, Reason::Name, "{name:?}");
    }
}

#[tokio::test]
async fn links_that_lead_out_of_the_tree_are_rejected() {
    for target in ["/etc", "../..", "../../x", "a/../..", ""] {
        let failure = rejected(&[link(b'2', "dir/link", target)]).await;
        assert_eq!((&failure.entry[..], failure.reason), (&b"dir/link"[..], Reason::Link), "{target}");
    }
    let (_, outcome) = unpacked([link(b'2', "dir/link", ".."), end()].concat()).await;
    assert_eq!(outcome, Ok(()));
}

#[tokio::test]
async fn only_files_directories_and_symbolic_links_are_accepted() {
    for (kind, reason) in [
        (b'1', Reason::HardLink),
        (b'3', Reason::Kind(Kind::Device)),
        (b'4', Reason::Kind(Kind::Device)),
        (b'6', Reason::Kind(Kind::Fifo)),
        (b'S', Reason::Kind(Kind::Other)),
        (b'M', Reason::Kind(Kind::Other)),
        (b'Z', Reason::Kind(Kind::Other)),
    ] {
        assert_eq!(rejected(&[link(kind, "x", "before")]).await.reason, reason);
    }
    for key in ["GNU.sparse.major", "GNU.sparse.realsize"] {
        let failure = rejected(&[extension(b'x', &[(key, b"1")]), file("a", b"")]).await;
        assert_eq!(failure.reason, Reason::Kind(Kind::Other));
    }
}

#[tokio::test]
async fn invalid_and_excessive_sizes_are_rejected() {
    let sized = |size: &[u8; 12]| {
        let mut header = Header::from_byte_slice(&file("x", b"")[..BLOCK]).clone();
        header.as_old_mut().size = *size;
        header.set_cksum();
        block(&header, b"")
    };
    assert_eq!(rejected(&[sized(b"-0000000001\0")]).await.reason, Reason::Malformed);
    assert_eq!(rejected(&[sized(b"notanumber!\0")]).await.reason, Reason::Malformed);
    // -1 in GNU's encoding of large numbers, and the largest octal number.
    assert_eq!(rejected(&[sized(&[0xff; 12])]).await.reason, Reason::TooLarge);
    assert_eq!(rejected(&[sized(b"77777777777\0")]).await.reason, Reason::TooLarge);
    let huge = u64::MAX.to_string();
    assert_eq!(
        rejected(&[extension(b'x', &[("size", huge.as_bytes())]), file("a", b"")]).await.reason,
        Reason::TooLarge
    );
    // Some readers skip the content of such entries, others take it for headers.
    for kind in *b"52" {
        assert_eq!(rejected(&[entry(kind, "x", 512, &file("hidden", b""))]).await.reason, Reason::Malformed);
    }
    assert_eq!(rejected(&[extension(b'g', &[("size", b"512")])]).await.reason, Reason::Malformed);
    assert_eq!(rejected(&[extension(b'g', &[("path", b"x")])]).await.reason, Reason::Malformed);
}

#[tokio::test]
async fn a_decompression_bomb_takes_no_memory() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&entry(b'0', "zeros", 4 << 30, b"")).unwrap();
    bomb.write_all(&vec![0; 10 << 20]).unwrap();
    assert_eq!(unpacked(bomb.finish().unwrap()).await.1.unwrap_err().reason, Reason::TooLarge);
    for kind in *b"xgLK" {
        let failure = rejected(&[entry(kind, "extension", 1 << 30, b"")]).await;
        assert_eq!(failure.reason, Reason::Malformed);
    }
    let long = vec![b'x'; 256 * 1024];
    let extensions: Vec<_> = (0..5).map(|_| entry(b'K', "long", 256 * 1024, &long)).collect();
    assert_eq!(rejected(&extensions).await.reason, Reason::TooLarge);
    let many: Vec<_> = (0..100).map(|number| file(&number.to_string(), b"")).collect();
    assert_eq!(rejected(&many).await.reason, Reason::TooMany);
}

#[tokio::test]
async fn truncated_files_and_other_formats_are_rejected_and_gzip_is_recognised() {
    let archive = [file("a", b"one"), end()].concat();
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(&archive).unwrap();
    let compressed = compressed.finish().unwrap();
    assert_eq!(unpacked(compressed.clone()).await, unpacked(archive.clone()).await);
    for cut in [1, 100, 511, 513, 600] {
        assert_eq!(unpacked(archive[..cut].to_vec()).await.1.unwrap_err().reason, Reason::Malformed, "{cut}");
    }
    let half = compressed[..compressed.len() / 2].to_vec();
    for noise in [half, b"PK\x03\x04 and so on".to_vec(), vec![b'x'; 5000], [0x1f, 0x8b].to_vec()] {
        assert_eq!(unpacked(noise).await.1.unwrap_err().reason, Reason::Malformed);
    }
    let mut damaged = archive.clone();
    damaged[3] ^= 1;
    assert_eq!(unpacked(damaged).await.1.unwrap_err().reason, Reason::Malformed);
    // An extended header without an entry.
    let lonely = [extension(b'x', &[("path", b"x")]), end()].concat();
    assert_eq!(unpacked(lonely).await.1.unwrap_err().reason, Reason::Malformed);
    assert_eq!(unpacked(Vec::new()).await.1, Ok(()));
}
