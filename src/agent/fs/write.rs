use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::{AsFd, OwnedFd},
};

use cofferdam_fstree::Draft;
use cofferdam_protocol::{
    file::{Failure, WriteInput, WriteReply},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use libc::mode_t;
use nix::{
    errno::Errno,
    fcntl::{OFlag, openat},
    sys::stat::{Mode, fchmod},
};

use super::{
    failure::{failure, from_io},
    place::{Place, find_place},
};

use crate::disk::DiskLimit;

/// The mode of a new file.
const NEW: mode_t = 0o644;

/// Replaces a file. Until the last byte has been received and written, opening it gives the old one.
pub async fn run<R, W>(
    disk: &DiskLimit,
    path: &str,
    size: u64,
    first: &[u8],
    input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let reply = match replace(disk, path, size, first, input).await? {
        Ok(()) => WriteReply::Done,
        Err(failure) => WriteReply::Failed(failure),
    };
    disk.touch();
    message::send(output, &reply).await
}

async fn replace<R: AsyncRead + Unpin>(
    disk: &DiskLimit,
    path: &str,
    size: u64,
    first: &[u8],
    mut input: MessageReader<R>,
) -> io::Result<Result<(), Failure>> {
    let mut content = match Content::new(path) {
        Ok(content) => content,
        Err(failure) => return Ok(Err(failure)),
    };
    if let Err(errno) = disk.admit(&content.file, size).await {
        return Ok(Err(failure(errno)));
    }
    let mut missing = size;
    if let Err(failure) = content.append(first, &mut missing) {
        return Ok(Err(failure));
    }
    while missing > 0 {
        // If the host leaves halfway, the old file stays.
        let Some(WriteInput { data }) = input.next().await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if let Err(failure) = content.append(data, &mut missing) {
            return Ok(Err(failure));
        }
    }
    Ok(content.publish())
}

/// New content next to the file that it will replace. Deleted if it is dropped before that.
struct Content {
    draft: Draft,
    file: File,
    mode: mode_t,
}

impl Content {
    fn new(path: &str) -> Result<Self, Failure> {
        let place = find_place(path)?;
        if place.existing.is_some() {
            refuse_unless_writable(&place).map_err(failure)?;
        }
        let mode = place.existing.map_or(NEW, |stat| stat.st_mode & 0o7777);
        let (draft, file) = Draft::file(place.directory, place.name).map_err(failure)?;
        Ok(Self { draft, file, mode })
    }

    fn append(&mut self, data: &[u8], missing: &mut u64) -> Result<(), Failure> {
        *missing = missing.checked_sub(data.len() as u64).ok_or(failure(Errno::EPROTO))?;
        self.file.write_all(data).map_err(|error| from_io(&error))
    }

    fn publish(self) -> Result<(), Failure> {
        fchmod(self.file.as_fd(), Mode::from_bits_truncate(self.mode)).map_err(failure)?;
        self.draft.publish().map_err(failure)
    }
}

/// Refuses what a plain write would be refused: a rename needs no permission on the file that it replaces.
fn refuse_unless_writable(place: &Place) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(&place.directory, place.name.as_c_str(), flags, Mode::empty()) {
        // A running program can't be written to, but it can be replaced.
        Err(Errno::ETXTBSY) => Ok(()),
        outcome => outcome.map(|_: OwnedFd| ()),
    }
}
