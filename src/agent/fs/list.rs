use std::{io, os::fd::OwnedFd};

use cofferdam_protocol::{
    file::{Entry, Failure, List, ListEvent},
    wire::message,
};
use futures_util::io::AsyncWrite;
use nix::{
    dir::{Dir, OwningIter},
    errno::Errno,
    fcntl::{AtFlags, OFlag},
    sys::stat::{FileStat, Mode, fstatat},
};
use tokio::task::yield_now;

use super::{failure::failure, open::open_directory};

/// The number of entries in one message. Yields to other operations after each message.
const PART: usize = 512;

/// Lists a directory; never sends more entries than the limit.
pub async fn run<W: AsyncWrite + Unpin>(request: &List, output: &mut W) -> io::Result<()> {
    match send(request, output).await? {
        Ok(()) => Ok(()),
        Err(failure) => message::send(output, &ListEvent::Failed(failure)).await,
    }
}

async fn send<W: AsyncWrite + Unpin>(request: &List, output: &mut W) -> io::Result<Result<(), Failure>> {
    let (directory, mut listing) = match open(&request.path) {
        Ok(opened) => opened,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut sent = 0;
    loop {
        let entries = match part(&directory, &mut listing) {
            Ok(entries) => entries,
            Err(errno) => return Ok(Err(failure(errno))),
        };
        sent += entries.len() as u64;
        if sent > request.limit {
            return Ok(Err(Failure::TooMany));
        }
        let last = entries.is_empty();
        message::send(output, &ListEvent::Entries { entries, last }).await?;
        if last {
            return Ok(Ok(()));
        }
        yield_now().await;
    }
}

fn open(path: &str) -> Result<(OwnedFd, OwningIter), Failure> {
    let directory = open_directory(path)?;
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let listing = Dir::openat(&directory, ".", flags, Mode::empty()).map_err(failure)?;
    Ok((directory, listing.into_iter()))
}

/// Reads the next entries; none at the end.
fn part(directory: &OwnedFd, listing: &mut OwningIter) -> Result<Vec<Entry>, Errno> {
    let mut entries = Vec::new();
    for entry in listing.by_ref() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        match fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => entries.push(describe(name.to_bytes(), &stat)),
            // Deleted in the meantime.
            Err(Errno::ENOENT) => {}
            Err(errno) => return Err(errno),
        }
        if entries.len() == PART {
            break;
        }
    }
    Ok(entries)
}

fn describe(name: &[u8], stat: &FileStat) -> Entry {
    Entry {
        name: name.to_vec(),
        mode: stat.st_mode,
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        modified: stat.st_mtime * 1000 + stat.st_mtime_nsec / 1_000_000,
    }
}
