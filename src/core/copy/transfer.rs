//! Copies between the host and a sandbox.

use std::path::PathBuf;

use cofferdam_protocol::copy::Copied;

use super::{
    archive::Packed,
    await_end::await_end,
    options::{CopyOptions, validate_paths},
};
use crate::{
    blocking::blocking,
    cancellation::Cancellation,
    container::{Connection, loss},
    error::{Code, Result},
    hostfs::Pinned,
    link::{
        Operation,
        copy::{Copying, End, Ends, aborted, open_host, open_pinned},
    },
};

/// Copies a file, or a directory with everything in it, from the host to `path` in the sandbox. A target that does not
/// exist appears as a whole; an existing directory receives the entries one by one.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, `ABORTED`, `SANDBOX_LOST`: each with the detail `copied`, which says how much
/// was copied, if that is known; `TIMEOUT` when nothing moved for 30 seconds; those of bringing the sandbox up.
pub async fn copy_to(
    connection: &Connection,
    host: PathBuf,
    path: &str,
    options: CopyOptions,
) -> Result<Copied> {
    validate_paths(&host, path)?;
    let CopyOptions { limits, cancellation } = options;
    let ends = Ends::new(End::path(&host), path, limits);
    let source = blocking(move || open_host(&host, limits)).await?;
    let begin = |operation| Copying::send(operation, source, ends, cancellation.clone());
    copy(connection, &cancellation, begin).await
}

/// Copies everything in a directory that was found before into the workspace; as [`copy_to`].
///
/// # Errors
/// As [`copy_to`].
pub async fn copy_pinned(connection: &Connection, directory: Pinned, options: CopyOptions) -> Result<Copied> {
    let CopyOptions { limits, cancellation } = options;
    let ends = Ends::new(End::path(directory.path()), ".", limits);
    let source = blocking(move || open_pinned(&directory, limits)).await?;
    let begin = |operation| Copying::send(operation, source, ends, cancellation.clone());
    copy(connection, &cancellation, begin).await
}

/// Copies a file, or a directory with everything in it, from the sandbox to the host; as [`copy_to`].
///
/// # Errors
/// As [`copy_to`].
pub async fn copy_from(
    connection: &Connection,
    path: &str,
    host: PathBuf,
    options: CopyOptions,
) -> Result<Copied> {
    validate_paths(&host, path)?;
    let CopyOptions { limits, cancellation } = options;
    let ends = Ends::new(End::path(&host), path, limits);
    let begin = |operation| Copying::receive(operation, host, ends, cancellation.clone());
    copy(connection, &cancellation, begin).await
}

/// Unpacks an archive into the workspace.
///
/// # Errors
/// As [`copy_to`].
pub async fn unpack(connection: &Connection, packed: Packed, cancellation: &Cancellation) -> Result<Copied> {
    copy(connection, cancellation, |operation| packed.send(operation, cancellation)).await
}

async fn copy(
    connection: &Connection,
    cancellation: &Cancellation,
    begin: impl FnOnce(Operation) -> Copying,
) -> Result<Copied> {
    let _busy = connection.begin();
    let work = async {
        let (operation, rescue) = tokio::select! {
            biased;
            () = cancellation.cancelled() => return Err(aborted()),
            operation = connection.operation() => operation?,
        };
        let end = await_end(begin(operation), cancellation, || rescue.attend()).await;
        let outcome = end.unwrap_or_else(|| Err(connection.silent()));
        connection.touch();
        match outcome {
            Err(lost) if lost.code() == Code::SandboxLost => {
                Err(loss::explain(connection.definition(), lost).await)
            }
            outcome => outcome,
        }
    };
    connection.unless_closed(work).await
}
