mod accepted;
mod hostile;

use cofferdam_fstree::Source;
use cofferdam_protocol::{
    copy::{Attributes, Failure, Limits, Piece},
    wire::message::MessageReader,
};
use futures_util::io::Cursor as Messages;
use tar::{EntryType, Header};

use super::Archive;

/// The size of a block of an archive, in bytes.
const BLOCK: usize = 512;

pub const LIMITS: Limits = Limits { entries: 100, bytes: 1 << 20 };

/// An entry: a header with this type, name and size, followed by the content.
pub fn entry(kind: u8, name: &str, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(EntryType::new(kind));
    header.set_size(size);
    header.set_mode(0o640);
    header.set_mtime(7);
    header.set_cksum();
    block(&header, content)
}

pub fn block(header: &Header, content: &[u8]) -> Vec<u8> {
    let mut block = header.as_bytes().to_vec();
    block.extend(content);
    block.resize(block.len().next_multiple_of(BLOCK), 0);
    block
}

pub fn file(name: &str, content: &[u8]) -> Vec<u8> {
    entry(b'0', name, content.len() as u64, content)
}

pub fn link(kind: u8, name: &str, target: &str) -> Vec<u8> {
    let mut header = Header::from_byte_slice(&entry(kind, name, 0, b"")[..BLOCK]).clone();
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_cksum();
    block(&header, b"")
}

pub fn extension(kind: u8, records: &[(&str, &[u8])]) -> Vec<u8> {
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

pub fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// The messages that an archive is unpacked to, as text, and the outcome.
pub async fn unpacked(bytes: Vec<u8>) -> (Vec<String>, Result<(), Failure>) {
    let mut unpacking = Archive::Bytes(bytes.into()).open(LIMITS).unwrap();
    let mut messages = Vec::new();
    let outcome = loop {
        match unpacking.fill(&mut messages) {
            Ok(true) => {}
            outcome => break outcome.map(drop),
        }
    };
    let mut reader = MessageReader::new(Messages::new(messages));
    let mut sent = Vec::new();
    while let Some(piece) = reader.next::<Piece>().await.unwrap() {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        sent.push(match piece {
            Piece::Directory { name, attributes: Some(attributes) } => {
                format!("directory {} {:o}", text(name), attributes.mode)
            }
            Piece::Directory { name, attributes: None } => format!("directory {}", text(name)),
            Piece::Leave => "leave".to_owned(),
            Piece::File { name, attributes: Attributes { mode, modified }, size } => {
                format!("file {} {mode:o} {size} {}", text(name), modified.unwrap_or_default())
            }
            Piece::Data(data) => format!("data {}", text(data)),
            Piece::Hole(length) => format!("hole {length}"),
            Piece::Link { name, target } => format!("link {} {}", text(name), text(target)),
            Piece::End => "end".to_owned(),
            Piece::Failed(failure) => panic!("{failure:?}"),
        });
    }
    (sent, outcome)
}

/// Why an archive with these entries, between two harmless files, is rejected.
pub async fn rejected(entries: &[Vec<u8>]) -> Failure {
    let archive = [file("before", b""), entries.concat(), file("after", b""), end()].concat();
    let (sent, outcome) = unpacked(archive.clone()).await;
    let last = sent.last().map(String::as_str);
    assert!(last != Some("end") && !sent.iter().any(|piece| piece.contains("after")), "{sent:?}");
    outcome.unwrap_err()
}
