use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::OwnedFd,
};

use cofferdam_protocol::{
    file::{Failure, Mode},
    fs::edit::{Edit, MAX_EDITED, Reply},
    wire::limits::CHUNK,
};
use memchr::memmem;
use nix::{
    errno::Errno,
    sys::stat::{FileStat, fstat},
};
use sha2::{Digest, Sha256};
use tokio::task::yield_now;

use super::{
    failure::{failure, from_io},
    open::open_regular,
    place::find_place,
    write::Content,
};

use crate::disk::DiskLimit;

/// Replaces text in a file.
pub async fn edit(disk: &DiskLimit, request: &Edit) -> Reply {
    match replace(disk, request).await {
        Ok(reply) => reply,
        Err(failure) => Reply::Failed(failure),
    }
}

async fn replace(disk: &DiskLimit, request: &Edit) -> Result<Reply, Failure> {
    if request.old.is_empty() {
        return Err(failure(Errno::EINVAL));
    }
    let (file, before) = open_regular(&request.path)?;
    let content = read(&file, &before).await?;
    if !is_expected(request, &before, &content).await {
        return Ok(Reply::Changed);
    }
    let matches = memmem::find_iter(&content, &request.old).count() as u64;
    if matches == 0 || (matches > 1 && !request.all) {
        return Ok(Reply::Matches(matches));
    }
    yield_now().await;
    let edited = replaced(&content, &request.old, &request.new);
    let place = find_place(&request.path, false)?;
    if !place.existing.is_some_and(|found| is_same(&found, &before)) {
        return Ok(Reply::Changed);
    }
    // An existing file keeps its mode.
    let mut draft = Content::at(place, Mode::IfNew(0o644))?;
    disk.admit(&draft.file, edited.len() as u64).await.map_err(failure)?;
    let now = find_place(&request.path, false)?.existing;
    let unchanged = is_same(&fstat(&file).map_err(failure)?, &before);
    if !unchanged || !now.is_some_and(|found| is_same(&found, &before)) {
        return Ok(Reply::Changed);
    }
    draft.empty()?;
    draft.file.write_all(&edited).map_err(|error| from_io(&error))?;
    draft.publish()?;
    disk.touch();
    Ok(Reply::Done { replaced: matches })
}

/// The content of a file that is small enough. Yields to other operations.
async fn read(file: &OwnedFd, stat: &FileStat) -> Result<Vec<u8>, Failure> {
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    if size > MAX_EDITED {
        return Err(Failure::TooLarge { size });
    }
    let mut file = File::from(file.try_clone().map_err(|error| from_io(&error))?);
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    loop {
        let part = (&mut file).take(CHUNK as u64).read_to_end(&mut content);
        if part.map_err(|error: io::Error| from_io(&error))? == 0 {
            return Ok(content);
        }
        if content.len() as u64 > MAX_EDITED {
            return Err(Failure::TooLarge { size: content.len() as u64 });
        }
        yield_now().await;
    }
}

async fn is_expected(request: &Edit, stat: &FileStat, content: &[u8]) -> bool {
    /// Times are JavaScript's numbers, which can't tell less apart, in milliseconds.
    const RESOLUTION: f64 = 0.001;
    #[expect(clippy::cast_precision_loss, reason = "compared with this resolution")]
    let modified = stat.st_mtime as f64 * 1e3 + stat.st_mtime_nsec as f64 / 1e6;
    if request.modified_ms.is_some_and(|expected| (expected - modified).abs() > RESOLUTION) {
        return false;
    }
    match request.sha256 {
        Some(expected) => expected == hash(content).await,
        None => true,
    }
}

async fn hash(content: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in content.chunks(CHUNK) {
        hash.update(part);
        yield_now().await;
    }
    hash.finalize().into()
}

fn replaced(content: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut edited = Vec::with_capacity(content.len());
    let mut end = 0;
    for found in memmem::find_iter(content, old) {
        edited.extend(content.get(end..found).unwrap_or_default());
        edited.extend(new);
        end = found + old.len();
    }
    edited.extend(content.get(end..).unwrap_or_default());
    edited
}

/// Whether nothing was written to a file in the meantime, and it is the same file.
fn is_same(found: &FileStat, before: &FileStat) -> bool {
    let facts = |stat: &FileStat| {
        let (modified, changed) = ((stat.st_mtime, stat.st_mtime_nsec), (stat.st_ctime, stat.st_ctime_nsec));
        (stat.st_dev, stat.st_ino, stat.st_size, modified, changed)
    };
    facts(found) == facts(before)
}
