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
    path::{Place, failure, place},
    read::errno,
};

use crate::disk::Disk;

/// The mode of a file that was not there.
const NEW: mode_t = 0o644;

/// Replaces a file: until the last byte has come and is written, whoever opens it sees the old one.
pub async fn run<R, W>(
    disk: &Disk,
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
    disk: &Disk,
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
        // A host that leaves half-way leaves the old file.
        let Some(WriteInput { data }) = input.next().await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if let Err(failure) = content.append(data, &mut missing) {
            return Ok(Err(failure));
        }
    }
    Ok(content.publish())
}

/// New content beside the file that it will replace; gone when it is dropped before that.
struct Content {
    draft: Draft,
    file: File,
    mode: mode_t,
}

impl Content {
    fn new(path: &str) -> Result<Self, Failure> {
        let place = place(path)?;
        if place.existing.is_some() {
            refuse_unless_writable(&place).map_err(failure)?;
        }
        let mode = place.existing.map_or(NEW, |stat| stat.st_mode & 0o7777);
        let (draft, file) = Draft::file(place.directory, place.name).map_err(failure)?;
        Ok(Self { draft, file, mode })
    }

    fn append(&mut self, data: &[u8], missing: &mut u64) -> Result<(), Failure> {
        *missing = missing.checked_sub(data.len() as u64).ok_or(failure(Errno::EPROTO))?;
        self.file.write_all(data).map_err(|error| errno(&error))
    }

    fn publish(self) -> Result<(), Failure> {
        fchmod(self.file.as_fd(), Mode::from_bits_truncate(self.mode)).map_err(failure)?;
        self.draft.publish().map_err(failure)
    }
}

/// A rename needs no permission on the file that it replaces; writing does.
fn refuse_unless_writable(place: &Place) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(&place.directory, place.name.as_c_str(), flags, Mode::empty()) {
        // A program that runs can't be written, but it can be replaced.
        Err(Errno::ETXTBSY) => Ok(()),
        outcome => outcome.map(|_: OwnedFd| ()),
    }
}
