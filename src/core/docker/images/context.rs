//! The context of a build: a directory, sent as a tar archive.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::stream;
use tar::{Builder, EntryType, Header};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::ignore::Ignored;
use crate::{
    engine::http::Upload,
    error::{Code, Error, Result},
};

/// The size of a piece of the archive, in bytes, and how many pieces may wait for the engine.
const PIECE: usize = 256 * 1024;
const BACKLOG: usize = 4;

/// The archive of a directory without what its `.dockerignore` excludes, made while it is sent.
///
/// # Errors
/// `FILE_ERROR` if the directory or its Dockerfile can't be read; `INVALID_ARGUMENT` for an invalid pattern.
pub fn stream(directory: PathBuf, dockerfile: &str) -> Result<Upload> {
    let failed = |path: &Path, error: &io::Error| {
        Error::new(Code::FileError, format!("could not read {}: {error}", path.display()))
            .detail("path", path.display().to_string())
            .detail(
                "errno",
                error.raw_os_error().map(|number| format!("{:?}", nix::errno::Errno::from_raw(number))),
            )
    };
    let recipe = directory.join(dockerfile);
    for path in [&directory, &recipe] {
        path.metadata().map_err(|error| failed(path, &error))?;
    }
    let ignored = Ignored::read(&directory, dockerfile)?;
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(BACKLOG);
    spawn_blocking(move || {
        let mut archive = Builder::new(Pieces { sender: sender.clone(), piece: Vec::new() });
        archive.follow_symlinks(false);
        let written = append(&mut archive, &directory, Path::new(""), &ignored)
            .and_then(|()| archive.into_inner())
            .and_then(|mut pieces| pieces.flush());
        if let Err(error) = written {
            // Fails if the engine has closed the connection; then the error is of no use.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let pieces =
        stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    Ok(Upload::stream(pieces))
}

/// Adds everything below `place`, sorted by name, so that the same directory gives the same archive.
fn append(archive: &mut Builder<Pieces>, root: &Path, place: &Path, ignored: &Ignored) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(place))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (place.join(entry.file_name()), entry.file_type()?);
        let skipped = ignored.matches(&path);
        if kind.is_dir() {
            if !skipped {
                archive.append_data(
                    &mut header(&entry.metadata()?, EntryType::Directory),
                    &path,
                    io::empty(),
                )?;
            }
            if !skipped || ignored.has_exceptions {
                append(archive, root, &path, ignored)?;
            }
        } else if skipped {
        } else if kind.is_symlink() {
            let mut header = header(&entry.metadata()?, EntryType::Symlink);
            archive.append_link(&mut header, &path, fs::read_link(entry.path())?)?;
        } else if kind.is_file() {
            let file = fs::File::open(entry.path())?;
            let mut header = header(&file.metadata()?, EntryType::Regular);
            let size = header.size()?;
            // A file that grows or shrinks meanwhile must not shift the entries after it.
            let content = io::Read::take(io::Read::chain(file, io::repeat(0)), size);
            archive.append_data(&mut header, &path, content)?;
        }
    }
    Ok(())
}

/// The header of an entry, owned by root as the files of an image are.
fn header(metadata: &fs::Metadata, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata_in_mode(metadata, tar::HeaderMode::Complete);
    header.set_entry_type(kind);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(if kind == EntryType::Regular { metadata.len() } else { 0 });
    header
}

/// Sends what is written to it, in pieces.
struct Pieces {
    sender: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
