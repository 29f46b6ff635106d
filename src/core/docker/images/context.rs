//! The directory that a build sees, as an archive.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use bollard::body_try_stream;
use bytes::Bytes;
use futures_util::stream;
use globset::{GlobBuilder, GlobMatcher};
use tar::{Builder, EntryType, Header};
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{
    engine::http::Body,
    error::{Code, Error, Result},
};

/// A piece of the archive, in bytes, and how many wait for the engine.
const PIECE: usize = 256 * 1024;
const BACKLOG: usize = 4;

/// The archive of a directory without what its `.dockerignore` names, made while it is sent.
///
/// # Errors
/// `FILE_ERROR` when the directory or its Dockerfile is not there, `INVALID_ARGUMENT` for patterns that are none.
pub fn stream(directory: PathBuf, dockerfile: &str) -> Result<Body> {
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
            // When the engine has hung up, nobody is left to tell.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let pieces =
        stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    Ok(body_try_stream(pieces))
}

/// Adds what lies below `place`, in the order of names: the same directory gives the same archive.
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
            // One that grows or shrinks meanwhile must not shift what follows.
            let content = io::Read::take(io::Read::chain(file, io::repeat(0)), size);
            archive.append_data(&mut header, &path, content)?;
        }
    }
    Ok(())
}

/// Of root, as the files of an image are.
fn header(metadata: &fs::Metadata, kind: EntryType) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata_in_mode(metadata, tar::HeaderMode::Complete);
    header.set_entry_type(kind);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(if kind == EntryType::Regular { metadata.len() } else { 0 });
    header
}

/// What a `.dockerignore` names.
struct Ignored {
    /// Patterns in their order, and whether each takes back what one before it named.
    patterns: Vec<(GlobMatcher, bool)>,
    has_exceptions: bool,
    /// What the build can't do without.
    needed: [PathBuf; 2],
}

impl Ignored {
    fn read(directory: &Path, dockerfile: &str) -> Result<Self> {
        let text = fs::read_to_string(directory.join(".dockerignore")).unwrap_or_default();
        let mut patterns = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, line),
            };
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            if pattern.is_empty() || pattern == "." {
                continue;
            }
            let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| {
                Error::invalid("context", format!(".dockerignore: {line:?} is no pattern: {error}"))
            })?;
            patterns.push((glob.compile_matcher(), exception));
        }
        let has_exceptions = patterns.iter().any(|(_, exception)| *exception);
        Ok(Self { patterns, has_exceptions, needed: [dockerfile, ".dockerignore"].map(PathBuf::from) })
    }

    /// The last pattern that names the path, or a directory that it lies in, decides.
    fn matches(&self, path: &Path) -> bool {
        let names = |glob: &GlobMatcher| {
            path.ancestors().any(|part| !part.as_os_str().is_empty() && glob.is_match(part))
        };
        let decided = self.patterns.iter().rev().find(|(glob, _)| names(glob));
        decided.is_some_and(|(_, exception)| !exception) && !self.needed.iter().any(|needed| needed == path)
    }
}

/// Gives what is written to the stream, in pieces.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_names_a_path_decides() {
        let directory = tempfile::tempdir().unwrap();
        let patterns =
            "# comment\nnode_modules\n*.log\n**/secret\n/dist/\n!dist/keep\nDockerfile\n./a/*.tmp\n";
        fs::write(directory.path().join(".dockerignore"), patterns).unwrap();
        let ignored = Ignored::read(directory.path(), "Dockerfile").unwrap();
        for path in ["node_modules", "node_modules/x/y", "x.log", "secret", "a/b/secret", "dist/x", "a/b.tmp"]
        {
            assert!(ignored.matches(Path::new(path)), "{path}");
        }
        for path in ["src", "a/x.log", "dist/keep", "Dockerfile", ".dockerignore", "a/b/c.tmp", "my_secret"] {
            assert!(!ignored.matches(Path::new(path)), "{path}");
        }
    }
}
