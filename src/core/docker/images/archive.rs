//! The context of a build as a tar archive that is made while it is sent.

use std::{
    io::{self, Write},
    mem,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use tar::Builder;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    context::{Context, recipe},
    entries,
};
use crate::{
    blocking::blocking,
    engine::http::Upload,
    error::{Error, Result},
};

/// The size of a piece of the archive, in bytes, and how many pieces may wait for the engine.
const PIECE: usize = 256 * 1024;
const BACKLOG: usize = 4;

/// Why the archive could not be completed, once that is known.
pub type Failure = Arc<OnceLock<Error>>;

/// The archive of a directory without what its `.dockerignore` excludes, and the Dockerfile's path in it.
///
/// # Errors
/// `FILE_ERROR` if the directory, its Dockerfile or its `.dockerignore` can't be read; `INVALID_ARGUMENT` for an invalid
/// pattern, and for a Dockerfile that is not in the directory.
pub async fn stream(directory: PathBuf, dockerfile: &str) -> Result<(Upload, PathBuf, Failure)> {
    let recipe = recipe(&directory, dockerfile)?;
    let (context, dockerfile) = blocking(move || Context::open(directory, &recipe)).await?;
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(BACKLOG);
    let failure = Failure::default();
    let told = Arc::clone(&failure);
    spawn_blocking(move || {
        let mut archive = Builder::new(Pieces { sender: sender.clone(), piece: Vec::new() });
        let ended = |error: io::Error| context.failed("".as_ref(), &error);
        let written = entries::append(&mut archive, &context, || !sender.is_closed())
            .and_then(|()| archive.into_inner().and_then(|mut pieces| pieces.flush()).map_err(ended));
        // If the engine has closed the connection, its own answer says why.
        if let Err(error) = written
            && !sender.is_closed()
        {
            let _ = told.set(error);
            // Breaks the request off.
            let _ = sender.blocking_send(Err(io::ErrorKind::Other.into()));
        }
    });
    Ok((Upload::received(receiver), dockerfile, failure))
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
        let piece = Bytes::from(mem::take(&mut self.piece));
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
