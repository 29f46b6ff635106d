//! What of the host a sandbox is given: checked at the moment of use, and compared with what its container then has.

use std::{fs, path::PathBuf};

use cofferdam_protocol::layout;
use tokio::task::spawn_blocking;

use crate::{
    config::{
        host_paths,
        mount::{MountOption, MountSource},
    },
    error::{Code, Error, Result},
    hostfs::{Identity, Pinned},
    link::{Link, file},
    site::{Definition, Locked},
};

/// Identifies the running kernel: containers on this machine have the same one.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The files and directories of this machine that a container mounts, held open until it has started.
pub struct Sources(Vec<Source>);

struct Source {
    option: &'static str,
    target: String,
    file: Pinned,
}

impl Sources {
    /// Finds and checks everything that the options name. What does not exist here is left to the engine, whose machine may
    /// have it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for what must not be given away; those of any call.
    pub async fn find(locked: &Locked) -> Result<Self> {
        let Locked { definition: Definition { options, site, .. }, engine, directory, .. } = locked;
        let mut wanted = Vec::new();
        if let Some(path) = &options.workspace_dir {
            wanted.push(("workspaceDir", layout::WORKSPACE.to_owned(), path.clone()));
        }
        for MountOption { source, target, .. } in &options.mounts {
            let device = match source {
                MountSource::Bind(path) => Some(path.clone()),
                MountSource::Volume(name) => engine.volume_device(name).await?,
            };
            wanted.extend(device.map(|device| ("mounts", target.clone(), device)));
        }
        if wanted.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let reserved = [site.engine_root(engine).await?, directory.root().to_owned()];
        let found = spawn_blocking(move || pin(wanted, &reserved)).await;
        found.map_err(|panic| Error::new(Code::Internal, panic.to_string()))?.map(Self)
    }

    /// Makes sure that a container that has just started has mounted these very files. A path may have been changed after
    /// it was checked.
    ///
    /// # Errors
    /// `CONFLICT` when something else was mounted; `FILE_ERROR`, `SANDBOX_LOST`.
    pub async fn verify(&self, link: &Link) -> Result<()> {
        if self.0.is_empty() || !has_this_kernel(link).await? {
            return Ok(());
        }
        for Source { option, target, file } in &self.0 {
            let expected =
                Identity::of(file).map_err(|errno| Error::new(Code::Internal, errno.to_string()))?;
            if file::identify(link, target).await? != expected {
                let path = file.path().display().to_string();
                let message = format!("{option}: {path} was replaced while it was being mounted");
                return Err(Error::new(Code::Conflict, message)
                    .hint("nobody but this process's user should be able to change the path")
                    .detail("path", path));
            }
        }
        Ok(())
    }
}

fn pin(wanted: Vec<(&'static str, String, PathBuf)>, reserved: &[PathBuf]) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for (option, target, path) in wanted {
        let Some(file) = host_paths::find(option, &path)? else { continue };
        for reserved in reserved {
            if file.path().starts_with(reserved) || reserved.starts_with(file.path()) {
                let message = format!(
                    "{option}: {} is part of {}, or contains it",
                    file.path().display(),
                    reserved.display()
                );
                return Err(Error::invalid(option, message));
            }
        }
        sources.push(Source { option, target, file });
    }
    Ok(sources)
}

/// Whether the sandbox runs on this machine's kernel: only then do files have the same numbers.
async fn has_this_kernel(link: &Link) -> Result<bool> {
    let Ok(own) = fs::read(BOOT_ID) else { return Ok(false) };
    match file::read(link, &BOOT_ID.into()).await {
        Ok(boot_id) => Ok(boot_id == own),
        Err(error) if error.code() == Code::FileError => Ok(false),
        Err(error) => Err(error),
    }
}
