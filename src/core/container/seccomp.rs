//! The seccomp profile of sandboxes, and how the engine gets it.

use std::path::PathBuf;

use once_cell::sync::Lazy;
use tokio::task::spawn_blocking;

use crate::{
    engine::{Features, seccomp_file::SeccompFile},
    error::{Code, Error, Result},
    site::Locked,
};

/// The profile, without the white space that makes its source readable.
pub static SECCOMP: Lazy<String> = Lazy::new(|| {
    let source = include_str!("../../../docker/seccomp.json");
    serde_json::from_str::<serde_json::Value>(source)
        .map_or_else(|_| source.to_owned(), |profile| profile.to_string())
});

/// How the engine gets the profile.
pub enum Seccomp {
    /// Within the request.
    Inline,
    /// As a file, which exists as long as this does.
    File {
        /// The path for the engine.
        path: PathBuf,
        _written: SeccompFile,
    },
    /// Not at all: it takes only files and can't open ours. The sandbox gets the engine's own profile, and says so.
    Engines,
}

impl Seccomp {
    /// Decides how, and writes the file if there must be one.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub async fn of(locked: &Locked, features: Features) -> Result<Self> {
        if !features.podman {
            return Ok(Self::Inline);
        }
        if locked.definition.site.learned.opens_profiles.is_false() {
            return Ok(Self::Engines);
        }
        let (here, for_engine) = locked.directory.private();
        let written = spawn_blocking(move || SeccompFile::write(&here, &SECCOMP)).await;
        let file =
            written.map_err(|error| Error::new(Code::Internal, error.to_string()))?.map_err(|error| {
                let message =
                    format!("could not write the seccomp profile to {}: {error}", for_engine.display());
                Error::new(Code::FileError, message).detail("path", for_engine.display().to_string())
            })?;
        Ok(Self::File { path: for_engine.join(file.name()), _written: file })
    }
}
