use std::{
    fs::File,
    io::{self, Read as _},
};

use cofferdam_protocol::{
    file::{Failure, Read, ReadEvent},
    wire::{limits::CHUNK, message},
};
use futures_util::io::AsyncWrite;

use super::{failure::from_io, open::open_regular};

/// Sends a file; never more of it than the limit, even if it grows in the meantime.
pub async fn run<W: AsyncWrite + Unpin>(request: &Read, output: &mut W) -> io::Result<()> {
    match send(request, output).await? {
        Ok(()) => Ok(()),
        Err(failure) => message::send(output, &ReadEvent::Failed(failure)).await,
    }
}

async fn send<W: AsyncWrite + Unpin>(request: &Read, output: &mut W) -> io::Result<Result<(), Failure>> {
    let (file, stat) = match open_regular(&request.path) {
        Ok(opened) => opened,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut file = File::from(file);
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    if size > request.limit {
        return Ok(Err(Failure::TooLarge { size }));
    }
    // Files in /proc report a size of 0. One byte of spare room reveals the end together with the last bytes.
    let room = usize::try_from(size).unwrap_or(CHUNK).clamp(4095, CHUNK - 1) + 1;
    let mut buffer = vec![0; room];
    let mut sent = 0;
    loop {
        let (filled, last) = match fill(&mut file, &mut buffer) {
            Ok(filled) => filled,
            Err(error) => return Ok(Err(from_io(&error))),
        };
        sent += filled as u64;
        if sent > request.limit {
            return Ok(Err(Failure::TooLarge { size: sent }));
        }
        let data = buffer.get(..filled).unwrap_or_default();
        message::send(output, &ReadEvent::Data { data, last }).await?;
        if last {
            return Ok(Ok(()));
        }
    }
}

/// Reads until the buffer is full or the file ends; `true` in the latter case.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<(usize, bool)> {
    let mut filled = 0;
    loop {
        match file.read(buffer.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => return Ok((filled, filled < buffer.len())),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
