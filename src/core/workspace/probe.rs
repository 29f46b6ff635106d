//! Whether the engine mounts the directory that this process sees. It does not when it runs on another machine, or when
//! this process runs in a container.

use std::fs;

use super::{Workspace, limit::Enforcement};
use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
    link::{Link, file},
    site::Definition,
};

/// Whether the first container must be asked whether it sees the data directory.
pub fn is_needed(definition: &Definition, workspace: &Workspace, enforcement: Enforcement) -> bool {
    workspace.may_become_volume(&definition.options)
        && !matches!(enforcement, Enforcement::Hard(_))
        && !definition.site.learned.shares_directory.is_known()
}

/// Whether a file that the sandbox writes appears in the directory here. Its name is random.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn is_shared(workspace: &Workspace, link: &Link) -> Result<bool> {
    let Workspace::Bind(path) = workspace else { return Ok(false) };
    let nonce = random_hex::<6>().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let name = format!(".cofferdam-probe-{nonce}");
    match file::write(link, &file::NewFile::anywhere(&name, None), b"").await {
        Ok(()) => Ok(fs::remove_file(path.join(&name)).is_ok()),
        Err(error) if error.code() == Code::FileError => Ok(false),
        Err(error) => Err(error),
    }
}
