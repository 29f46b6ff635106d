//! Trees that are copied into a sandbox and out of it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cofferdam_protocol::tree::{Copied, Limits};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};

use super::{
    exec::ATTENTION,
    handle::{PATIENCE, Sandbox, validate_path},
    rescue::Rescue,
};
use crate::{
    agent::{
        Operation,
        copy::{Copying, Ends, aborted, open_host},
    },
    cancellation::Cancellation,
    error::{Code, Error, Result},
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
        let ends = Ends { host: host.display().to_string(), sandbox: path.to_owned(), limits };
        let opened = spawn_blocking(move || open_host(&host, limits)).await;
        let source = opened.map_err(|error| Error::new(Code::Internal, error.to_string()))??;
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
        let ends = Ends { host: host.display().to_string(), sandbox: path.to_owned(), limits };
        self.copy(&cancellation, |operation| Copying::receive(operation, host, ends, cancellation.clone()))
            .await
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
            let outcome = self.see_through(begin(operation), cancellation, &rescue).await;
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

    /// Sees a copy to its end. The deadline is about its getting on, not about the whole.
    async fn see_through(
        &self,
        mut copying: Copying,
        cancellation: &Cancellation,
        rescue: &Rescue,
    ) -> Result<Copied> {
        let (mut moved, mut since, mut attended) = (copying.moved(), Instant::now(), false);
        loop {
            tokio::select! {
                outcome = copying.ended() => return outcome,
                () = cancellation.cancelled() => {
                    let ended = timeout(ABORT, copying.ended()).await;
                    return ended.unwrap_or_else(|_| Err(aborted()));
                }
                () = sleep(ATTENTION) => {}
            }
            if copying.moved() != moved {
                (moved, since, attended) = (copying.moved(), Instant::now(), false);
            } else if since.elapsed() > PATIENCE {
                copying.stop();
                // What is not in its place goes before the caller hears of it, where that is soon.
                let _ = timeout(ABORT, copying.ended()).await;
                return Err(self.silent());
            } else if !attended {
                // Paused, perhaps. If not, it is only slow.
                rescue.attend();
                attended = true;
            }
        }
    }
}

/// Refuses what are no two paths.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn validate_paths(host: &Path, path: &str) -> Result<()> {
    let bytes = host.as_os_str().as_encoded_bytes();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(Error::invalid("hostPath", "hostPath must be a path without NUL"));
    }
    validate_path(path)
}
