//! What a sequence of pieces must be, said once more and in another way than the code under test does.

use cofferdam_protocol::copy::Piece;

/// Whether this is the name of an entry, and no path.
pub fn is_entry_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name != b"."
        && name != b".."
        && !name.iter().any(|byte| matches!(byte, b'/' | 0))
}

/// Whether a link at this depth below the top can only lead to places below the top, even if every name in its target is
/// that of another such link.
pub fn stays_inside(target: &[u8], depth: usize) -> bool {
    if target.is_empty() || target.first() == Some(&b'/') || target.contains(&0) {
        return false;
    }
    let (mut here, mut down) = (depth, false);
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if down || here == 0 => return false,
            b".." => here -= 1,
            _ => down = true,
        }
    }
    true
}

/// Follows pieces; panics when they do not form a tree, or a part of it lies outside.
#[derive(Default)]
pub struct PieceModel {
    begun: bool,
    ended: bool,
    depth: usize,
    left: u64,
    /// How many bytes all files have together.
    pub bytes: u64,
}

impl PieceModel {
    pub fn take(&mut self, piece: &Piece) {
        assert!(!self.ended, "a piece after the end");
        assert!(self.left == 0 || matches!(piece, Piece::Data(_) | Piece::Hole(_)), "a file is cut off");
        match piece {
            Piece::Directory { name, .. } if !self.begun => {
                assert!(name.is_empty(), "the top has a name");
                self.begun = true;
                self.depth = 1;
            }
            Piece::Directory { name, .. } => {
                self.entry(name);
                self.depth += 1;
            }
            Piece::File { name, size, .. } => {
                self.entry(name);
                (self.left, self.bytes) = (*size, self.bytes + size);
            }
            Piece::Link { name, target } => {
                self.entry(name);
                assert!(stays_inside(target, self.depth - 1), "a link leads out: {target:?}");
            }
            Piece::Data(data) => {
                self.left = self.left.checked_sub(data.len() as u64).expect("too many bytes");
            }
            Piece::Hole(size) => {
                assert!(*size > 0, "a hole of nothing");
                self.left = self.left.checked_sub(*size).expect("too many bytes");
            }
            Piece::Leave => self.depth = self.depth.checked_sub(1).expect("one Leave too many"),
            Piece::End => {
                assert_eq!(self.depth, 0, "the end is inside");
                self.ended = true;
            }
            Piece::Failed(_) => panic!("a source reports failures itself"),
        }
    }

    fn entry(&self, name: &[u8]) {
        assert!(self.depth > 0, "an entry outside");
        assert!(is_entry_name(name), "a name leads elsewhere: {name:?}");
    }

    pub fn is_complete(&self) -> bool {
        self.ended
    }
}
