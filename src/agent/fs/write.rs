use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::{AsFd, AsRawFd, OwnedFd},
};

use cofferdam_fstree::Draft;
use cofferdam_protocol::{
    file::{Failure, Mode as Permissions, Write, WriteInput, WriteReply},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use libc::mode_t;
use nix::{
    errno::Errno,
    fcntl::{OFlag, openat},
    sys::stat::{Mode, fchmod},
    unistd::ftruncate,
};

use super::{
    failure::{failure, from_io},
    open::refuse_own,
    place::{Place, find_place},
};

use crate::disk::DiskLimit;

/// Replaces a file. Until the last byte has been received and written, opening it gives the old one.
pub async fn run<R, W>(
    disk: &DiskLimit,
    request: &Write<'_>,
    input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut input = input;
    let reply = match replace(disk, request, &mut input).await? {
        Ok(()) => WriteReply::Done,
        Err(failure) => WriteReply::Failed(failure),
    };
    disk.touch();
    message::send(output, &reply).await
}

/// Replaces one file with what the host sends.
pub async fn replace<R: AsyncRead + Unpin>(
    disk: &DiskLimit,
    request: &Write<'_>,
    input: &mut MessageReader<R>,
) -> io::Result<Result<(), Failure>> {
    let mut content = match Content::new(request) {
        Ok(content) => content,
        Err(failure) => return Ok(Err(failure)),
    };
    if let Err(errno) = disk.admit(&content.file, request.size).await {
        return Ok(Err(failure(errno)));
    }
    let mut missing = request.size;
    if let Err(failure) = content.append(request.data, &mut missing) {
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

/// New content of a file.
pub struct Content {
    /// Open for writing.
    pub file: File,
    kind: Kind,
}

enum Kind {
    /// Next to the file that it will replace, with this mode. Deleted if it is dropped before that.
    Draft(Draft, mode_t),
    /// In the file itself, which can't be replaced: it is mounted, or its directory may not be changed. The old content goes with
    /// the first piece of the new one.
    InPlace { emptied: bool },
}

impl Content {
    /// New content for the file that a host sends.
    fn new(request: &Write<'_>) -> Result<Self, Failure> {
        Self::at(find_place(&request.path, request.parents)?, request.mode)
    }

    /// New content for what is, or will be, at a place.
    pub fn at(place: Place, mode: Permissions) -> Result<Self, Failure> {
        let (asked, new) = match mode {
            Permissions::IfNew(mode) => (None, mode & 0o777),
            Permissions::Exactly(mode) => (Some(mode & 0o777), mode & 0o777),
        };
        // A plain write would be refused without permission on the file, which a rename doesn't need.
        let existing = match place.existing {
            Some(_) => open_existing(&place)?,
            None => None,
        };
        let in_place = |existing: OwnedFd| {
            if let Some(mode) = asked {
                fchmod(&existing, Mode::from_bits_truncate(mode)).map_err(failure)?;
            }
            Ok(Self { file: existing.into(), kind: Kind::InPlace { emptied: false } })
        };
        match existing {
            Some(existing) if is_mounted(&existing) => return in_place(existing),
            _ => {}
        }
        let mode = asked.unwrap_or_else(|| place.existing.map_or(new, |stat| stat.st_mode & 0o7777));
        match (Draft::file(place.directory, place.name), existing) {
            (Ok((draft, file)), _) => Ok(Self { file, kind: Kind::Draft(draft, mode) }),
            (Err(Errno::EACCES | Errno::EPERM | Errno::EROFS), Some(existing)) => in_place(existing),
            (Err(errno), _) => Err(failure(errno)),
        }
    }

    fn append(&mut self, data: &[u8], missing: &mut u64) -> Result<(), Failure> {
        *missing = missing.checked_sub(data.len() as u64).ok_or(failure(Errno::EPROTO))?;
        self.empty()?;
        self.file.write_all(data).map_err(|error| from_io(&error))
    }

    /// Drops the old content of a file that is written in place. Call it before anything is written.
    pub fn empty(&mut self) -> Result<(), Failure> {
        if let Kind::InPlace { emptied: emptied @ false } = &mut self.kind {
            ftruncate(&self.file, 0).map_err(failure)?;
            *emptied = true;
        }
        Ok(())
    }

    /// Makes it the content of the file.
    pub fn publish(mut self) -> Result<(), Failure> {
        self.empty()?;
        match self.kind {
            Kind::Draft(draft, mode) => {
                fchmod(self.file.as_fd(), Mode::from_bits_truncate(mode)).map_err(failure)?;
                draft.publish().map_err(failure)
            }
            Kind::InPlace { .. } => Ok(()),
        }
    }
}

/// Opens the existing file for writing; `None` for a running program, which can't be written to, but replaced.
fn open_existing(place: &Place) -> Result<Option<OwnedFd>, Failure> {
    let flags = OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(&place.directory, place.name.as_c_str(), flags, Mode::empty()) {
        Err(Errno::ETXTBSY) => Ok(None),
        Err(errno) => Err(failure(errno)),
        Ok(opened) => refuse_own(&opened).map(|()| Some(opened)),
    }
}

/// Whether the file itself is a mount point, which no rename replaces. Kernels before 5.8 don't say.
fn is_mounted(file: &OwnedFd) -> bool {
    // SAFETY: all-zero bytes are a valid value of this plain structure.
    let mut found: libc::statx = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor, the empty path and the structure are valid during the call.
    let outcome =
        unsafe { libc::statx(file.as_raw_fd(), c"".as_ptr(), libc::AT_EMPTY_PATH, 0, &raw mut found) };
    let attribute = u64::try_from(libc::STATX_ATTR_MOUNT_ROOT).unwrap_or(0);
    outcome == 0 && found.stx_attributes & attribute != 0
}
