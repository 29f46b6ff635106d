use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::FileExt,
    },
};

use cofferdam_protocol::{
    RawPath,
    file::{Failure, Kind},
    fs::handle::{Flags, Open, Reply, Request},
    wire::{
        limits::CHUNK,
        message::{self, MessageReader},
    },
};
use futures_util::io::{AsyncRead, AsyncWrite};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag},
    sys::stat::{Mode, fchmod, fstat, futimens},
};

use super::{
    change::{resize, timespec},
    failure::{failure, from_io, require_regular},
    open::{in_workspace, open, open_or_make, refuse_own},
    stat::describe,
};

use crate::disk::DiskLimit;

/// Opens a file and serves it until the host leaves.
pub async fn run<R, W>(
    disk: &DiskLimit,
    request: &Open,
    mut input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut file = match open_file(&request.path, request.flags, request.mode) {
        Ok(file) => File::from(file),
        Err(failure) => return message::send(output, &Reply::Failed(failure)).await,
    };
    message::send(output, &Reply::Done).await?;
    let mut buffer = Vec::new();
    while let Some(request) = input.next().await? {
        let reply = serve(disk, &mut file, request, &mut buffer).await.unwrap_or_else(Reply::Failed);
        message::send(output, &reply).await?;
    }
    Ok(())
}

async fn serve<'a>(
    disk: &DiskLimit,
    file: &mut File,
    request: Request<'_>,
    buffer: &'a mut Vec<u8>,
) -> Result<Reply<'a>, Failure> {
    let io = |error: io::Error| from_io(&error);
    match request {
        Request::Read { position, length } => {
            buffer.resize(usize::try_from(length).unwrap_or(CHUNK).min(CHUNK), 0);
            let count = match position {
                Some(position) => file.read_at(buffer, position),
                None => file.read(buffer),
            };
            buffer.truncate(count.map_err(io)?);
            Ok(Reply::Data(buffer))
        }
        Request::Write { position, data } => {
            disk.admit(&*file, data.len() as u64).await.map_err(failure)?;
            let written = match position {
                Some(position) => file.write_all_at(data, position),
                None => file.write_all(data),
            };
            disk.touch();
            written.map(|()| Reply::Done).map_err(io)
        }
        Request::Stat => describe(file.as_fd().try_clone_to_owned().as_ref().map_err(from_io)?)
            .map(Reply::Stat)
            .map_err(failure),
        Request::Truncate { length } => resize(disk, &*file, length).await.map(|()| Reply::Done),
        Request::Sync => file.sync_all().map(|()| Reply::Done).map_err(io),
        Request::ChangeMode { mode } => {
            fchmod(&*file, Mode::from_bits_truncate(mode & 0o7777)).map(|()| Reply::Done).map_err(failure)
        }
        Request::SetTimes { accessed, modified } => {
            futimens(&*file, &timespec(accessed), &timespec(modified)).map(|()| Reply::Done).map_err(failure)
        }
    }
}

/// Opens a regular file that exists for writing.
pub fn open_to_write(path: &RawPath) -> Result<OwnedFd, Failure> {
    open_file(path, Flags { write: true, ..Flags::default() }, 0)
}

fn open_file(path: &RawPath, flags: Flags, mode: u32) -> Result<OwnedFd, Failure> {
    let path = in_workspace(path);
    // Checked before it is opened: opening a named pipe wakes its other end.
    match open(AT_FDCWD, &path, OFlag::O_PATH) {
        Ok(seen) => require_file(&seen, flags)?,
        Err(Errno::ENOENT) if flags.create => {}
        Err(errno) => return Err(failure(errno)),
    }
    let file = open_or_make(AT_FDCWD, &path, system_flags(flags), mode & 0o7777).map_err(failure)?;
    // Checked again, because it may be another file by now.
    require_file(&file, flags)?;
    refuse_own(&file)?;
    Ok(file)
}

/// Refuses everything but regular files, and directories that are only read.
fn require_file(file: &OwnedFd, flags: Flags) -> Result<(), Failure> {
    match require_regular(&fstat(file).map_err(failure)?) {
        Err(Failure::NotRegular(Kind::Directory)) if !flags.write => Ok(()),
        outcome => outcome,
    }
}

fn system_flags(flags: Flags) -> OFlag {
    let mut system = match (flags.read, flags.write) {
        (true, true) => OFlag::O_RDWR,
        (false, true) => OFlag::O_WRONLY,
        (_, false) => OFlag::O_RDONLY,
    };
    for (is_set, flag) in [
        (flags.append, OFlag::O_APPEND),
        (flags.create, OFlag::O_CREAT),
        (flags.exclusive, OFlag::O_EXCL),
        (flags.truncate && flags.write, OFlag::O_TRUNC),
    ] {
        if is_set {
            system |= flag;
        }
    }
    system | OFlag::O_NONBLOCK | OFlag::O_NOCTTY
}
