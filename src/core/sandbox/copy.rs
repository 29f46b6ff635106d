//! Trees that are copied into a sandbox and out of it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cofferdam_protocol::copy::{Copied, Limits};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};

use super::{
    files::validate_path,
    handle::{PATIENCE, Sandbox},
    rescue::{ATTENTION, Rescue},
};

use crate::{
    archive::{self, Archive, Unpacking},
    cancellation::Cancellation,
    error::{Code, Error, Result},
    link::{
        Operation,
        copy::{Copying, End, Ends, aborted, open_archive, open_host},
    },
};

/// How long a copy that was aborted may take to be gone, with what is not in its place.
const ABORT: Duration = Duration::from_secs(2);

/// What a copy may be.
#[derive(Debug, Clone)]
pub struct CopyOptions {
    /// The most that it may be.
    pub limits: Limits,
    /// Ends it.
    pub cancellation: Cancellation,
}

impl CopyOptions {
    /// The most that a copy may be when nobody says otherwise.
    pub const LIMITS: Limits = Limits { entries: 500_000, bytes: 16 << 30 };
}

impl Sandbox {
    /// Copies a directory with all that is in it, or a file, from the host into the sandbox; that is what `path` is
    /// afterwards. A target that is not there appears as a whole; a directory that is there gets the entries one by one.
    ///
    /// # Errors
    /// `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, `ABORTED`, `SANDBOX_LOST`, each with the detail `copied`, which tells what
    /// is there, when that is known; `TIMEOUT` when nothing moved for half a minute; and as [`Sandbox::ensure`].
    pub async fn copy_to(&self, host: PathBuf, path: &str, options: CopyOptions) -> Result<Copied> {
        validate_paths(&host, path)?;
        let CopyOptions { limits, cancellation } = options;
        let ends = Ends::new(End::path(&host), path, limits);
        let source = opened(move || open_host(&host, limits)).await?;
        self.copy(&cancellation, |operation| Copying::send(operation, source, ends, cancellation.clone()))
            .await
    }

    /// Copies a directory with all that is in it, or a file, from the sandbox to the host; as [`Sandbox::copy_to`].
    ///
    /// # Errors
    /// As [`Sandbox::copy_to`].
    pub async fn copy_from(&self, path: &str, host: PathBuf, options: CopyOptions) -> Result<Copied> {
        validate_paths(&host, path)?;
        let CopyOptions { limits, cancellation } = options;
        let ends = Ends::new(End::path(&host), path, limits);
        self.copy(&cancellation, |operation| Copying::receive(operation, host, ends, cancellation.clone()))
            .await
    }

    /// Unpacks an archive into the workspace.
    ///
    /// # Errors
    /// As [`Sandbox::copy_to`].
    pub(super) async fn unpack(&self, packed: Packed, cancellation: &Cancellation) -> Result<Copied> {
        self.copy(cancellation, |operation| packed.send(operation, cancellation)).await
    }

    async fn copy(
        &self,
        cancellation: &Cancellation,
        begin: impl FnOnce(Operation) -> Copying,
    ) -> Result<Copied> {
        let _busy = self.begin();
        let copy = async {
            let (operation, rescue) = tokio::select! {
                biased;
                () = cancellation.cancelled() => return Err(aborted()),
                opened = self.operation() => opened?,
            };
            let ended = see_through(begin(operation), cancellation, || rescue.attend()).await;
            let outcome = ended.unwrap_or_else(|| Err(self.silent()));
            self.touch();
            match outcome {
                Err(lost) if lost.code() == Code::SandboxLost => Err(self.explain_loss(lost).await),
                outcome => outcome,
            }
        };
        self.unless_closed(copy).await
    }

    /// Begins an operation; anew when the link had ended by the time, and so nothing was asked for.
    async fn operation(&self) -> Result<(Operation, Rescue)> {
        loop {
            let live = self.trusted().await?;
            if let Ok(operation) = live.link.begin().await {
                return Ok((operation, self.rescue(&live).await?));
            }
        }
    }
}

/// An archive that was opened.
pub(super) struct Packed {
    unpacking: Unpacking,
    host: End,
}

impl Packed {
    /// Opens an archive.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `FILE_ERROR`
    pub async fn open(archive: Archive) -> Result<Self> {
        if let Archive::File(path) = &archive
            && !is_path(path)
        {
            return Err(Error::invalid(
                "archive",
                "archive must be the path of an archive, or what is in it",
            ));
        }
        let host = End::archive(&archive);
        let unpacking = opened(move || open_archive(&archive)).await?;
        Ok(Self { unpacking, host })
    }

    /// Sends what it holds into the workspace.
    pub fn send(self, operation: Operation, cancellation: &Cancellation) -> Copying {
        let ends = Ends::new(self.host, ".", archive::LIMITS);
        Copying::send(operation, self.unpacking, ends, cancellation.clone())
    }
}

/// Opens something of the host, whose disk may take its time.
async fn opened<T: Send + 'static>(open: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let opened = spawn_blocking(open).await;
    opened.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

/// Sees a copy to its end; none when nothing moved for too long. That is the deadline, whatever the whole takes.
///
/// `attend` looks after an agent from which nothing comes.
pub(super) async fn see_through(
    mut copying: Copying,
    cancellation: &Cancellation,
    attend: impl Fn(),
) -> Option<Result<Copied>> {
    let (mut moved, mut since, mut attended) = (copying.moved(), Instant::now(), false);
    loop {
        tokio::select! {
            outcome = copying.ended() => return Some(outcome),
            () = cancellation.cancelled() => {
                let ended = timeout(ABORT, copying.ended()).await;
                return Some(ended.unwrap_or_else(|_| Err(aborted())));
            }
            () = sleep(ATTENTION) => {}
        }
        if copying.moved() != moved {
            (moved, since, attended) = (copying.moved(), Instant::now(), false);
        } else if since.elapsed() > PATIENCE {
            copying.stop();
            // What is not in its place goes before the caller hears of it, where that is soon.
            let _ = timeout(ABORT, copying.ended()).await;
            return None;
        } else if !attended {
            // Paused, perhaps. If not, it is only slow.
            attend();
            attended = true;
        }
    }
}

/// Refuses what are no two paths.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn validate_paths(host: &Path, path: &str) -> Result<()> {
    if !is_path(host) {
        return Err(Error::invalid("hostPath", "hostPath must be a path without NUL"));
    }
    validate_path(path)
}

fn is_path(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    !bytes.is_empty() && !bytes.contains(&0)
}
