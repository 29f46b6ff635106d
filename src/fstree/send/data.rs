use std::io;

use cofferdam_protocol::{copy::Piece, wire::message};

/// Zeros are left out in units of this size, in bytes: the block of most file systems.
const BLOCK: usize = 4096;

/// Adds content of a file as messages. Blocks of zeros are sent as a hole: they may have taken no space so far, for example on
/// a file system that compresses, and must not take any at the other end.
///
/// # Errors
/// Never in practice: no piece exceeds the size limit of a message.
pub fn append_data(messages: &mut Vec<u8>, mut data: &[u8]) -> io::Result<()> {
    while !data.is_empty() {
        let hole = data.get(..BLOCK).is_some_and(is_zero);
        let alike = data.chunks(BLOCK).take_while(|block| hole == (block.len() == BLOCK && is_zero(block)));
        let (part, rest) = data.split_at(alike.map(<[u8]>::len).sum());
        let piece = if hole { Piece::Hole(part.len() as u64) } else { Piece::Data(part) };
        message::append(messages, &piece)?;
        data = rest;
    }
    Ok(())
}

fn is_zero(block: &[u8]) -> bool {
    // In parts, so that the rest of a block with content is not looked at.
    block.chunks(256).all(|part| part.iter().fold(0, |sum, byte| sum | byte) == 0)
}

#[cfg(test)]
mod tests {
    use cofferdam_protocol::wire::message::MessageReader;
    use futures_util::io::Cursor;

    use super::*;

    #[tokio::test]
    async fn blocks_of_zeros_become_holes() {
        let mut data = vec![0; 5 * BLOCK + 10];
        data[2 * BLOCK + 7] = 1;
        let mut messages = Vec::new();
        append_data(&mut messages, &data).unwrap();
        let mut reader = MessageReader::new(Cursor::new(messages));
        let mut found = Vec::new();
        while let Some(piece) = reader.next::<Piece>().await.unwrap() {
            found.push(match piece {
                Piece::Data(data) => (true, data.len()),
                Piece::Hole(length) => (false, usize::try_from(length).unwrap()),
                piece => panic!("{piece:?}"),
            });
        }
        let length = BLOCK;
        assert_eq!(found, [(false, 2 * length), (true, length), (false, 2 * length), (true, 10)]);
    }
}
