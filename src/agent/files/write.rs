use std::{
    ffi::CString,
    fs::File,
    io::{self, Write as _},
    os::fd::{AsFd, OwnedFd},
    sync::atomic::{AtomicU64, Ordering},
};

use cofferdam_protocol::{
    file::{Failure, WriteInput, WriteReply},
    frame::{self, FrameReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use libc::mode_t;
use nix::{
    errno::Errno,
    fcntl::{OFlag, openat, renameat},
    sys::stat::{Mode, fchmod},
    unistd::{UnlinkatFlags, unlinkat},
};

use super::{
    path::{Place, failure, place},
    read::errno,
};

/// The mode of a file that was not there.
const NEW: mode_t = 0o644;

/// Replaces a file: until the last byte has come and is written, whoever opens it sees the old one.
pub async fn run<R, W>(
    path: &str,
    size: u64,
    first: &[u8],
    input: FrameReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let reply = match replace(path, size, first, input).await? {
        Ok(()) => WriteReply::Done,
        Err(failure) => WriteReply::Failed(failure),
    };
    frame::send(output, &reply).await
}

async fn replace<R: AsyncRead + Unpin>(
    path: &str,
    size: u64,
    first: &[u8],
    mut input: FrameReader<R>,
) -> io::Result<Result<(), Failure>> {
    let mut draft = match Draft::new(path) {
        Ok(draft) => draft,
        Err(failure) => return Ok(Err(failure)),
    };
    let mut missing = size;
    if let Err(failure) = draft.append(first, &mut missing) {
        return Ok(Err(failure));
    }
    while missing > 0 {
        // A host that leaves half-way leaves the old file.
        let Some(WriteInput { data }) = input.next().await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        if let Err(failure) = draft.append(data, &mut missing) {
            return Ok(Err(failure));
        }
    }
    Ok(draft.publish())
}

/// New content beside the file that it will replace; gone when it is dropped before that.
struct Draft {
    place: Place,
    name: CString,
    file: File,
    published: bool,
}

impl Draft {
    fn new(path: &str) -> Result<Self, Failure> {
        let place = place(path)?;
        if place.existing.is_some() {
            refuse_unless_writable(&place).map_err(failure)?;
        }
        loop {
            let name = unique_name();
            let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
            match openat(&place.directory, name.as_c_str(), flags, Mode::from_bits_truncate(0o600)) {
                Ok(fd) => return Ok(Self { place, name, file: File::from(fd), published: false }),
                Err(Errno::EEXIST) => {}
                Err(errno) => return Err(failure(errno)),
            }
        }
    }

    fn append(&mut self, data: &[u8], missing: &mut u64) -> Result<(), Failure> {
        *missing = missing.checked_sub(data.len() as u64).ok_or(failure(Errno::EPROTO))?;
        self.file.write_all(data).map_err(|error| errno(&error))
    }

    fn publish(mut self) -> Result<(), Failure> {
        let mode = self.place.existing.map_or(NEW, |stat| stat.st_mode & 0o7777);
        fchmod(self.file.as_fd(), Mode::from_bits_truncate(mode)).map_err(failure)?;
        let Place { directory, name, .. } = &self.place;
        renameat(directory, self.name.as_c_str(), directory, name.as_c_str()).map_err(failure)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            let _ = unlinkat(&self.place.directory, self.name.as_c_str(), UnlinkatFlags::NoRemoveDir);
        }
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

fn unique_name() -> CString {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Digits hold no NUL, so this never is the default.
    CString::new(format!(".cofferdam-{number:x}")).unwrap_or_default()
}
