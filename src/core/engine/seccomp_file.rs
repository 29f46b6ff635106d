//! Seccomp profiles as files, for engines that take no other.

use std::{
    env::temp_dir,
    fs::{self, OpenOptions},
    io::{self, Write},
    mem,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::{runtime::Handle, task::spawn_blocking};

use super::Engine;
use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
};

const OPTION: &str = "seccomp=";

/// A profile in a file, which is deleted with this. The engine reads it when it creates a container, and not again.
pub struct SeccompFile(PathBuf);

impl SeccompFile {
    /// Writes a profile to a new file in a directory. Only this process's user and root may read it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn write(directory: &Path, profile: &str) -> io::Result<Self> {
        let path = directory.join(format!("cofferdam-seccomp-{}.json", random_hex::<6>()?));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let written = Self(path);
        file.write_all(profile.as_bytes())?;
        Ok(written)
    }

    /// Its name in the directory.
    pub fn name(&self) -> &Path {
        self.0.file_name().map_or(&self.0, Path::new)
    }
}

impl Drop for SeccompFile {
    fn drop(&mut self) {
        let path = mem::take(&mut self.0);
        // If this fails, a small file without secrets stays.
        let remove = move || drop(fs::remove_file(path));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// The value of the security option for a profile in a file.
pub fn option(path: &Path) -> String {
    format!("{OPTION}{}", path.display())
}

/// Whether a container could not be created because the engine can't open the file with the profile: it runs on another
/// machine, in another mount namespace, or as another user.
pub fn is_unseen(error: &Error) -> bool {
    let message = error.message();
    message.contains("seccomp profile")
        && ["no such file", "permission denied", "not a directory"]
            .iter()
            .any(|words| message.contains(words))
}

/// Puts the profile in the settings of a container, if there is one, into a file if the engine needs that. The file must
/// exist until the container is created.
///
/// # Errors
/// `FILE_ERROR`; those of any call.
pub async fn as_file(engine: &Engine, body: &mut Value) -> Result<Option<SeccompFile>> {
    let options = body["HostConfig"]["SecurityOpt"].as_array_mut();
    let profile = options.into_iter().flatten().find_map(|option| {
        let profile = option.as_str()?.strip_prefix(OPTION)?;
        let profile = profile.trim_start().starts_with('{').then(|| profile.to_owned())?;
        Some((option, profile))
    });
    let Some((option, profile)) = profile else { return Ok(None) };
    if !engine.features().await?.podman {
        return Ok(None);
    }
    let written = spawn_blocking(move || SeccompFile::write(&temp_dir(), &profile)).await;
    let file = written.map_err(|error| Error::new(Code::Internal, error.to_string()))?.map_err(|error| {
        Error::new(Code::FileError, format!("could not write the seccomp profile to a file: {error}"))
            .detail("path", temp_dir().display().to_string())
    })?;
    *option = self::option(&file.0).into();
    Ok(Some(file))
}

/// The error for a profile that a caller asked for and that the engine can't open.
pub fn explain_unseen(error: Error) -> Error {
    if !is_unseen(&error) {
        return error;
    }
    let message = format!(
        "the engine takes a seccomp profile only as a file, and can't open this one: {}",
        error.message()
    );
    Error::new(Code::EngineUnsupported, message)
        .hint("run this process on the engine's machine, as the engine's user or with TMPDIR at a directory that it sees; or name no profile")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_private_and_goes_with_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let file = SeccompFile::write(directory.path(), "{}").unwrap();
        let path = directory.path().join(file.name());
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(file);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_a_file_that_cannot_be_opened_is_unseen() {
        let unseen = |message: &str| is_unseen(&Error::new(Code::EngineError, message.to_owned()));
        // Podman 4.3.1 and 5.4.
        assert!(unseen(
            "container create: opening seccomp profile failed: open /a.json: no such file or directory"
        ));
        assert!(unseen("container create: opening seccomp profile failed: open /a.json: permission denied"));
        // A profile that the engine refuses is never replaced by a weaker one.
        assert!(!unseen(
            "loading seccomp profile (/a.json) failed: decoding seccomp profile failed: invalid character"
        ));
        assert!(!unseen("statfs /data/a: no such file or directory"));
    }
}
