//! Archives from bytes that a fuzzer makes.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

const BLOCK: usize = 512;

/// The archive that an input stands for. Bits of the first byte say what is put right in the rest: 1 makes every block that
/// looks like a header's have a valid checksum, which a mutation cannot guess; 2 compresses it.
pub fn archive(input: &[u8]) -> Vec<u8> {
    let Some((kind, bytes)) = input.split_first() else { return Vec::new() };
    let mut archive = bytes.to_vec();
    if kind & 1 == 1 {
        archive.chunks_exact_mut(BLOCK).for_each(put_checksum);
    }
    if kind & 2 == 2 {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&archive).unwrap();
        archive = encoder.finish().unwrap();
    }
    archive
}

fn put_checksum(block: &mut [u8]) {
    if block.get(257..262) != Some(b"ustar") {
        return;
    }
    if let Some(field) = block.get_mut(148..156) {
        field.fill(b' ');
    }
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    if let Some(field) = block.get_mut(148..156) {
        field.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

/// An entry: its header, then its content, padded.
pub fn entry(kind: u8, name: &str, target: &str, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    let size = format!("{:011o}", content.len());
    let fields: [(usize, &[u8]); 8] = [
        (0, name.as_bytes()),
        (100, b"0000644"),
        (108, b"0000000"),
        (124, size.as_bytes()),
        (136, b"14000000000"),
        (156, &[kind]),
        (157, target.as_bytes()),
        (257, b"ustar\x0000"),
    ];
    for (at, bytes) in fields {
        header.iter_mut().skip(at).zip(bytes).for_each(|(byte, new)| *byte = *new);
    }
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(BLOCK), 0);
    header
}
