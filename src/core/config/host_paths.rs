//! The one policy on which host paths a sandbox may get: as a mount, as a task's directory or as a volume.
//!
//! Paths are compared by device and inode, not only by name, so that a bind mount or a symbolic link cannot bypass the
//! policy.

use std::{
    collections::HashSet,
    fs::Metadata,
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Component, Path, PathBuf},
};

use crate::error::{Error, Result};

/// Directories of the system. They are rejected with everything below them, and so is every directory above them.
const SYSTEM: [&str; 27] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/libx32",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/sbin",
    "/usr/sbin",
    "/var/run",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
];

/// Directories that many users or services share. What is below them may be used, they themselves may not.
const SHARED: [&str; 10] =
    ["/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp", "/var/cache", "/var/log", "/var/tmp"];

/// Where engines listen. A directory that holds one of these sockets gives away the host.
const ENGINE_SOCKETS: [&str; 4] =
    ["/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock"];

/// Resolves a path of the host and checks that a sandbox may get it. A path that does not exist is
/// returned as it is, because it may exist on the engine's machine.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the option, the path and the reason.
pub fn check(option: &'static str, path: &Path) -> Result<PathBuf> {
    let refuse = |why: &str| Err(Error::invalid(option, format!("{option}: {} {why}", path.display())));
    if !path.is_absolute() || path.components().any(|component| component == Component::ParentDir) {
        return refuse("must be an absolute path without ..");
    }
    if let Some(why) = refusal_by_name(path) {
        return refuse(why);
    }
    let Ok(resolved) = path.canonicalize() else { return Ok(path.to_owned()) };
    match refusal_by_name(&resolved).map_or_else(|| refusal_by_identity(&resolved), |why| Ok(Some(why))) {
        Ok(None) => Ok(resolved),
        Ok(Some(why)) => refuse(why),
        Err(error) => refuse(&format!("cannot be examined: {error}")),
    }
}

const IS_SYSTEM: &str = "belongs to the host's system";
const HOLDS_SYSTEM: &str = "contains parts of the host's system";
const IS_SHARED: &str = "is shared by users or services of the host: use a directory below it";
const IS_SOCKET: &str = "is a socket";
const HOLDS_SOCKET: &str = "contains the socket of a container engine";

fn refusal_by_name(path: &Path) -> Option<&'static str> {
    if SYSTEM.iter().any(|system| path.starts_with(system)) {
        Some(IS_SYSTEM)
    } else if SYSTEM.iter().any(|system| Path::new(system).starts_with(path)) {
        Some(HOLDS_SYSTEM)
    } else if SHARED.iter().any(|shared| Path::new(shared) == path) {
        Some(IS_SHARED)
    } else {
        None
    }
}

/// Compares what is at a path with what must not be given away, whatever it is called here.
fn refusal_by_identity(path: &Path) -> io::Result<Option<&'static str>> {
    let metadata = path.metadata()?;
    if metadata.file_type().is_socket() {
        return Ok(Some(IS_SOCKET));
    }
    let here = identity(&metadata);
    let system = identities(SYSTEM.iter().map(Path::new));
    for ancestor in path.ancestors() {
        if system.contains(&identity(&ancestor.metadata()?)) {
            return Ok(Some(IS_SYSTEM));
        }
    }
    let above = identities(SYSTEM.iter().flat_map(|system| Path::new(system).ancestors().skip(1)));
    if above.contains(&here) {
        return Ok(Some(HOLDS_SYSTEM));
    }
    if identities(SHARED.iter().map(Path::new)).contains(&here) {
        return Ok(Some(IS_SHARED));
    }
    let sockets = identities(ENGINE_SOCKETS.iter().map(Path::new));
    for mounted in mount_points()?.iter().filter(|place| place.starts_with(path)) {
        let Ok(metadata) = mounted.metadata() else { continue };
        let found = identity(&metadata);
        if sockets.contains(&found) {
            return Ok(Some(HOLDS_SOCKET));
        }
        if system.contains(&found) || above.contains(&found) {
            return Ok(Some(HOLDS_SYSTEM));
        }
    }
    Ok(None)
}

/// The identities of those paths that exist here.
fn identities<'a>(paths: impl Iterator<Item = &'a Path>) -> HashSet<(u64, u64)> {
    paths.filter_map(|path| path.metadata().ok()).map(|metadata| identity(&metadata)).collect()
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Where something is mounted, from `/proc/self/mountinfo`; nothing on other systems.
fn mount_points() -> io::Result<Vec<PathBuf>> {
    if !cfg!(target_os = "linux") {
        return Ok(Vec::new());
    }
    let table = std::fs::read_to_string("/proc/self/mountinfo")?;
    Ok(table.lines().filter_map(|line| line.split(' ').nth(4)).map(unescape).collect())
}

/// The kernel writes a space, tab, newline and backslash in a path as `\` and three octal digits.
fn unescape(field: &str) -> PathBuf {
    let mut path = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        path.push_str(before);
        let escaped = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        path.push(escaped.map_or('\\', char::from));
        rest = if escaped.is_some() { after.get(3..).unwrap_or_default() } else { after };
    }
    path.push_str(rest);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests;
