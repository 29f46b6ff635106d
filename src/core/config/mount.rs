//! Mounts that the caller asks for, besides the workspace.

use std::path::{Component, Path, PathBuf};

use cofferdam_protocol::layout;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::host_paths;
use crate::error::{Error, Result};

/// A mount besides the workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MountOption {
    /// What is mounted.
    pub source: MountSource,
    /// The absolute path in the sandbox.
    pub target: String,
    /// Whether it is mounted read-only.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MountSource {
    /// A directory or file on the engine's host.
    Bind(PathBuf),
    /// A named volume.
    Volume(String),
}

/// Paths in a sandbox that it needs for itself.
const RESERVED: [&str; 6] =
    ["/", layout::WORKSPACE, layout::AGENT_DIRECTORY, layout::RUN_DIRECTORY, "/proc", "/sys"];

impl MountOption {
    /// Rejects mounts that would give the host away or hide what the sandbox needs for itself.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub(crate) fn validate(&self) -> Result<()> {
        validate_target("mounts", &self.target)?;
        match &self.source {
            MountSource::Volume(name) => {
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
                if name.is_empty() || name.starts_with(['.', '-']) || !name.bytes().all(allowed) {
                    return Err(Error::invalid("mounts", format!("{name:?} is not a valid volume name")));
                }
                Ok(())
            }
            MountSource::Bind(path) => host_paths::check("mounts", path),
        }
    }

    /// The mount as the engine takes it.
    pub(crate) fn to_mount(&self) -> Value {
        let (kind, source) = match &self.source {
            MountSource::Bind(path) => ("bind", path.display().to_string()),
            MountSource::Volume(name) => ("volume", name.clone()),
        };
        json!({ "Type": kind, "Source": source, "Target": self.target, "ReadOnly": self.read_only })
    }
}

/// Checks the path in the sandbox at which something is to be mounted.
///
/// # Errors
/// `INVALID_ARGUMENT` when the path is not absolute and plain, or is reserved.
pub fn validate_target(option: &'static str, target: &str) -> Result<()> {
    let path = Path::new(target);
    let plain = path.is_absolute()
        && !target.contains('\0')
        && path.components().all(|component| matches!(component, Component::RootDir | Component::Normal(_)));
    // Mounts below the workspace are fine.
    let within = |place: &str| !matches!(place, "/" | layout::WORKSPACE) && path.starts_with(place);
    if !plain || RESERVED.iter().any(|place| path == Path::new(place) || within(place)) {
        return Err(Error::invalid(
            option,
            format!(
                "{option}: cannot mount anything at {target:?}: it must be an absolute path that the sandbox does not need for itself"
            ),
        ));
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
    fn a_source_that_gives_the_host_away_is_rejected() {
        for source in
            ["/", "/var/run/docker.sock", "/run", "/var", "/proc/1", "/sys", "/dev", "/etc", "a", "/a/../etc"]
        {
            assert!(bind(source, "/data").is_err(), "{source}");
        }
        bind("/srv/datasets", "/data").unwrap();
    }

    #[test]
    fn a_volume_needs_a_valid_name() {
        let volume = |name: &str| {
            let source = MountSource::Volume(name.to_owned());
            MountOption { source, target: "/data".to_owned(), read_only: false }.validate()
        };
        volume("cache_1.x-y").unwrap();
        for name in ["", ".x", "-x", "a/b", "a b", "a:ro"] {
            assert!(volume(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_target_that_the_sandbox_needs_is_rejected() {
        for target in
            ["/", "/workspace", "/.cofferdam", "/.cofferdam/agent", "/proc/sys", "data", "/a/../proc", ""]
        {
            assert!(bind("/srv/data", target).is_err(), "{target}");
        }
        bind("/srv/data", "/workspace/data").unwrap();
    }
}
