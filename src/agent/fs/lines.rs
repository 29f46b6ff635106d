use std::{
    fs::File,
    io::{self, Read as _},
};

use cofferdam_protocol::{
    file::Failure,
    fs::lines::{Event, Lines},
    wire::{limits::CHUNK, message},
};
use futures_util::io::AsyncWrite;
use memchr::memchr_iter;
use tokio::task::yield_now;

use super::{failure::from_io, open::open_regular};

/// Sends some lines of a file and counts all.
pub async fn run<W: AsyncWrite + Unpin>(request: &Lines, output: &mut W) -> io::Result<()> {
    let sent = match open_regular(&request.path) {
        Ok((file, _)) => send(request, file.into(), output).await?,
        Err(failure) => Err(failure),
    };
    match sent {
        Ok(total) => message::send(output, &Event::End { total }).await,
        Err(failure) => message::send(output, &Event::Failed(failure)).await,
    }
}

async fn send<W: AsyncWrite + Unpin>(
    request: &Lines,
    mut file: File,
    output: &mut W,
) -> io::Result<Result<u64, Failure>> {
    let mut buffer = vec![0; CHUNK];
    let mut position = Position { line: 1, is_begun: false };
    let mut sent = 0;
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok(Ok(position.total())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Err(from_io(&error))),
        };
        let data = buffer.get(..count).unwrap_or_default();
        let wanted = position.wanted(data, request.start, request.end);
        sent += wanted.len() as u64;
        if sent > request.limit {
            return Ok(Err(Failure::TooLarge { size: sent }));
        }
        if !wanted.is_empty() {
            message::send(output, &Event::Data(wanted)).await?;
        }
        yield_now().await;
    }
}

/// A place in a file.
struct Position {
    /// The line, counted from 1.
    line: u64,
    /// Whether something of it was read.
    is_begun: bool,
}

impl Position {
    /// Moves over the next bytes. Returns those of the lines from `start` to `end`.
    fn wanted<'a>(&mut self, data: &'a [u8], start: u64, end: u64) -> &'a [u8] {
        let mut from = if self.line >= start { 0 } else { data.len() };
        let mut to = if self.line > end { 0 } else { data.len() };
        for newline in memchr_iter(b'\n', data) {
            self.line += 1;
            if self.line == start {
                from = newline + 1;
            }
            if self.line == end.saturating_add(1) {
                to = newline + 1;
            }
        }
        if let Some(last) = data.last() {
            self.is_begun = *last != b'\n';
        }
        data.get(from..to).unwrap_or_default()
    }

    /// The number of lines, at the end of the file.
    fn total(&self) -> u64 {
        self.line - u64::from(!self.is_begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text in pieces of one size.
    fn read(text: &str, size: usize, start: u64, end: u64) -> (String, u64) {
        let mut position = Position { line: 1, is_begun: false };
        let mut found = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            found.extend(position.wanted(piece, start, end));
        }
        (String::from_utf8(found).unwrap(), position.total())
    }

    #[test]
    fn lines_are_found_wherever_the_pieces_end() {
        for size in 1..12 {
            let text = "one\ntwo\n\nfour";
            assert_eq!(read(text, size, 1, u64::MAX), (text.to_owned(), 4));
            assert_eq!(read(text, size, 2, 3), ("two\n\n".to_owned(), 4));
            assert_eq!(read(text, size, 4, 9), ("four".to_owned(), 4));
            assert_eq!(read(text, size, 5, 9), (String::new(), 4));
            assert_eq!(read("one\n", size, 1, 1), ("one\n".to_owned(), 1));
            assert_eq!(read("\n\n", size, 2, 2), ("\n".to_owned(), 2));
            assert_eq!(read("", size, 1, 1), (String::new(), 0));
        }
    }
}
