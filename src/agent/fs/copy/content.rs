use std::{
    fs::File,
    io::{Read as _, Write as _},
};

use cofferdam_fstree::errno;
use cofferdam_protocol::{
    file::{Failure, Mode},
    wire::limits::CHUNK,
};
use nix::{
    errno::Errno,
    sys::{
        stat::{FileStat, futimens},
        time::TimeSpec,
    },
};
use tokio::task::yield_now;

use super::super::{failure::failure, place::Place, write::Content};

use crate::disk::DiskLimit;

/// Makes the content of a regular file that of the file at a place. A new one gets the same permission bits.
pub async fn copy_to(
    disk: &DiskLimit,
    mut from: File,
    stat: &FileStat,
    place: Place,
    with_times: bool,
) -> Result<(), Failure> {
    if place.existing.is_some_and(|found| (found.st_dev, found.st_ino) == (stat.st_dev, stat.st_ino)) {
        return Err(failure(Errno::EINVAL));
    }
    let mut copy = Content::at(place, Mode::IfNew(stat.st_mode & 0o777))?;
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    disk.admit(&copy.file, size).await.map_err(failure)?;
    copy.empty()?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failure(errno(&error))),
        };
        let part = buffer.get(..count).unwrap_or_default();
        copy.file.write_all(part).map_err(|error| failure(errno(&error)))?;
        disk.touch();
        yield_now().await;
    }
    if with_times {
        set_times(&copy.file, stat).map_err(failure)?;
    }
    copy.publish()
}

/// Gives a file the times of another.
pub fn set_times(file: impl std::os::fd::AsFd, stat: &FileStat) -> Result<(), Errno> {
    let accessed = TimeSpec::new(stat.st_atime, stat.st_atime_nsec);
    let modified = TimeSpec::new(stat.st_mtime, stat.st_mtime_nsec);
    futimens(file, &accessed, &modified)
}
