use std::{
    fs::{self, File},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
};

use cofferdam_fstree::{Receiver, Target as Place, receive};
use cofferdam_protocol::{copy::Limits, wire::message::MessageReader};
use futures_util::io::Cursor;
use tokio::runtime::Builder;

use super::{
    messages,
    piece_model::stays_inside,
    pieces,
    scratch::{Scratch, visit},
};
use crate::target::Target;

/// The receiver of trees: whatever pieces arrive, nothing is written outside its directory, and nothing half-done stays.
pub const TARGET: Target =
    Target { name: "receiver", check, memory: messages::MEMORY, tokens: messages::TOKENS, seeds };

const LIMITS: Limits = Limits { entries: 50, bytes: 1000 };

/// The links that were there before, which lead out.
const BEFORE: [&str; 3] = ["out", "dir/out", "absolute"];

/// Bits of the first byte: 1 makes the rest plain messages instead of pieces by [`pieces::messages`]; 2 gives the tree a new
/// name below directories that are missing.
fn check(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    let stream = if kind & 1 == 1 { bytes.to_vec() } else { pieces::messages(bytes) };
    let scratch = Scratch::new();
    let before = scratch.outside();
    let directory = File::open(scratch.target()).unwrap().into();
    let (place, base) = if kind & 2 == 2 {
        (Place::Name { directory, names: vec![c"new".to_owned(), c"deep".to_owned()] }, 2)
    } else {
        (Place::Directory(directory), 0)
    };
    let mut receiver = Receiver::new(place, LIMITS);
    let runtime = Builder::new_current_thread().build().unwrap();
    let _ = runtime.block_on(receive(&mut receiver, &mut MessageReader::new(Cursor::new(stream))));
    drop(receiver);

    assert_eq!(scratch.outside(), before, "something outside has changed");
    let top = scratch.target();
    let (mut bytes, mut entries) = (0, 0);
    visit(&top, &mut |path, depth| {
        let metadata = path.symlink_metadata().unwrap();
        let place = path.strip_prefix(&top).unwrap();
        let name = path.file_name().unwrap().as_bytes();
        let is_draft = name.starts_with(b".cofferdam-draft-") && name != pieces::LIKE_A_DRAFT;
        assert!(!is_draft, "a draft is left");
        assert_eq!(metadata.mode() & 0o7000, 0, "a special bit is set");
        entries += 1;
        if metadata.is_symlink() && !BEFORE.iter().any(|before| place.as_os_str() == *before) {
            let target = fs::read_link(path).unwrap();
            assert!(
                depth >= base && stays_inside(target.as_os_str().as_bytes(), depth - base),
                "{} leads to {}",
                place.display(),
                target.display()
            );
        } else if metadata.is_file() {
            bytes += metadata.len();
        }
    });
    // What was there before comes on top.
    assert!(entries <= LIMITS.entries + 7 && bytes <= LIMITS.bytes + 3, "more than the limit");
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        // The top, a directory with a file and a link, and the end.
        vec![0, 0, 0, 1, 3, 2, 0x41, 3, 5, 4, 0x17, 5, 0, 5, 0, 6, 0],
        // Into the links that were there before, and over them.
        vec![0, 0, 0, 0, 5, 2, 0x41, 3, 1, 5, 0, 5, 0, 6, 0],
        vec![0, 0, 0, 2, 5, 0, 3, 2, 5, 5, 0, 5, 0, 6, 0],
        vec![2, 0, 0, 1, 1, 4, 0x22, 5, 0, 4, 0x27, 5, 0, 6, 0],
        vec![2, 2, 0x80, 3, 5, 6, 0],
        [&[1], pieces::messages(&[0, 0, 1, 3, 2, 0x41, 3, 5, 4, 0x17, 5, 0, 5, 0, 6, 0]).as_slice()].concat(),
    ]
}
