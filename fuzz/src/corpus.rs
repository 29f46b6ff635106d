//! The inputs that a run starts from: those in the repository, and the seeds that targets make.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::target::Target;

/// The folder of a target in the repository.
#[must_use]
pub fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

/// All inputs of a target, always in the same order.
///
/// # Errors
/// When its folder can't be read.
pub fn inputs(target: &Target) -> io::Result<Vec<Vec<u8>>> {
    let entries = fs::read_dir(folder(target))?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    let mut inputs = paths.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
    inputs.extend((target.seeds)());
    Ok(inputs)
}

/// Writes a target's own seeds to a directory, for a run that reads only files.
///
/// # Errors
/// The system's.
pub fn write_seeds(target: &Target, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (number, seed) in (target.seeds)().iter().enumerate() {
        fs::write(directory.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}
