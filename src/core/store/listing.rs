use std::{
    fs::{self, DirEntry},
    path::Path,
};

use super::failure::failed;
use crate::{config::id::SandboxId, error::Result};

/// The ids that the entries of a directory are named after, with this suffix removed. Other entries are skipped.
///
/// # Errors
/// `FILE_ERROR`.
pub fn ids(directory: &Path, suffix: &str) -> Result<Vec<SandboxId>> {
    let id = |name: String| SandboxId::try_from(name.strip_suffix(suffix)?.to_owned()).ok();
    Ok(names(directory)?.filter_map(id).collect())
}

/// The names of the entries of a directory. Those that are not text are skipped.
///
/// # Errors
/// `FILE_ERROR`.
pub fn names(directory: &Path) -> Result<impl Iterator<Item = String>> {
    let entries = fs::read_dir(directory).map_err(|error| failed("list", directory, &error))?;
    let name = |entry: DirEntry| entry.file_name().into_string().ok();
    Ok(entries.flatten().filter_map(name))
}
