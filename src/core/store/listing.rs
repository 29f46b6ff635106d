use std::{fs, path::Path};

use super::failure::failed;
use crate::{config::id::SandboxId, error::Result};

/// The ids that the entries of a directory are named after, with this suffix removed. Other entries are skipped.
///
/// # Errors
/// `FILE_ERROR`.
pub fn ids(directory: &Path, suffix: &str) -> Result<Vec<SandboxId>> {
    let entries = fs::read_dir(directory).map_err(|error| failed("list", directory, &error))?;
    let id = |entry: fs::DirEntry| {
        SandboxId::try_from(entry.file_name().to_str()?.strip_suffix(suffix)?.to_owned()).ok()
    };
    Ok(entries.flatten().filter_map(id).collect())
}
