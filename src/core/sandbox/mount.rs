//! Mounts that the caller asks for, beside the workspace.

use std::{
    os::unix::fs::FileTypeExt,
    path::{Component, Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// One more mount.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MountOption {
    /// What is mounted.
    pub source: MountSource,
    /// Where, in the sandbox.
    pub target: String,
    /// Whether it can't be written.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MountSource {
    /// A directory or file of the engine's host.
    Bind(PathBuf),
    /// A named volume.
    Volume(String),
}

/// What would give the host away.
const FORBIDDEN_SOURCES: [&str; 5] = ["/proc", "/sys", "/dev", "/run", "/var/run"];

/// What is the sandbox's own.
const FORBIDDEN_TARGETS: [&str; 6] = ["/", "/workspace", "/.cofferdam", "/run/cofferdam", "/proc", "/sys"];

impl MountOption {
    /// Refuses mounts that open the host or hide what is the sandbox's own.
    pub(super) fn validate(&self) -> Result<()> {
        validate_target("mounts", &self.target)?;
        match &self.source {
            MountSource::Volume(name) => {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
                if name.is_empty() || name.starts_with(['.', '-']) || !name.bytes().all(allowed) {
                    return Err(Error::invalid("mounts", format!("{name:?} is not the name of a volume")));
                }
                Ok(())
            }
            MountSource::Bind(path) => {
                if !path.is_absolute() {
                    return Err(Error::invalid(
                        "mounts",
                        format!("the source {} must be absolute", path.display()),
                    ));
                }
                // A link to a forbidden place is one; a path that only the engine's host has is taken as it is.
                let resolved = path.canonicalize().unwrap_or_else(|_| path.clone());
                [path, &resolved].into_iter().try_for_each(|path| refuse_source(path))
            }
        }
    }

    /// The mount as the engine takes it.
    pub(super) fn to_mount(&self) -> Value {
        let (kind, source) = match &self.source {
            MountSource::Bind(path) => ("bind", path.display().to_string()),
            MountSource::Volume(name) => ("volume", name.clone()),
        };
        json!({ "Type": kind, "Source": source, "Target": self.target, "ReadOnly": self.read_only })
    }
}

fn refuse_source(path: &Path) -> Result<()> {
    let forbidden = path == Path::new("/")
        || path == Path::new("/var")
        || path.components().any(|component| component == Component::ParentDir)
        || FORBIDDEN_SOURCES.iter().any(|place| path.starts_with(place))
        // The engine's socket by whatever name, and others that were not made for hostile code.
        || path.metadata().is_ok_and(|metadata| metadata.file_type().is_socket());
    if forbidden {
        let message = format!("mounts: {} would open the host to the sandbox", path.display());
        return Err(Error::invalid("mounts", message));
    }
    Ok(())
}

/// Refuses a place in the sandbox that is its own, or that is no place.
pub fn validate_target(option: &'static str, target: &str) -> Result<()> {
    let path = Path::new(target);
    let plain = path.is_absolute()
        && !target.contains('\0')
        && path.components().all(|component| matches!(component, Component::RootDir | Component::Normal(_)));
    // Below the workspace there is room for more.
    let within = |place: &str| !matches!(place, "/" | "/workspace") && path.starts_with(place);
    if !plain || FORBIDDEN_TARGETS.iter().any(|place| path == Path::new(place) || within(place)) {
        return Err(Error::invalid(option, format!("{option}: nothing can be mounted at {target:?}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(source: &str, target: &str) -> Result<()> {
        let source = MountSource::Bind(source.into());
        MountOption { source, target: target.to_owned(), read_only: true }.validate()
    }

    #[test]
    fn what_opens_the_host_is_refused() {
        for source in
            ["/", "/var/run/docker.sock", "/run", "/var", "/proc/1", "/sys", "/dev", "a", "/a/../etc"]
        {
            assert!(bind(source, "/data").is_err(), "{source}");
        }
        bind("/srv/datasets", "/data").unwrap();
    }

    #[test]
    fn what_hides_the_sandbox_itself_is_refused() {
        for target in
            ["/", "/workspace", "/.cofferdam", "/.cofferdam/agent", "/proc/sys", "data", "/a/../proc", ""]
        {
            assert!(bind("/srv", target).is_err(), "{target}");
        }
        bind("/srv", "/workspace/data").unwrap();
    }
}
