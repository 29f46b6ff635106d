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

use crate::{
    error::{Error, Result},
    hostfs::{Links, Pinned, Resolved, is_data_directory, resolve},
};

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
const SHARED: [&str; 13] = [
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/srv",
    "/tmp",
    "/usr/local",
    "/usr/share",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/tmp",
];

/// Where engines listen. A directory that holds one of these sockets gives away the host.
const ENGINE_SOCKETS: [&str; 4] =
    ["/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock", "/run/crio/crio.sock"];

/// Checks in advance that a sandbox may be given what is at a path of the host. A path that does not exist is accepted,
/// because it may exist on the engine's machine.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the option, the path and the reason.
pub fn check(option: &'static str, path: &Path) -> Result<()> {
    find(option, path).map(drop)
}

/// Finds what is at a path of the host, checks that a sandbox may be given it, and holds it open. `None` if it does not
/// exist here.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the option, the path and the reason.
pub fn find(option: &'static str, path: &Path) -> Result<Option<Pinned>> {
    if !path.is_absolute() || path.components().any(|component| component == Component::ParentDir) {
        return Err(refused(option, path, "must be an absolute path without .."));
    }
    check_name(option, path)?;
    let Resolved { file, path: existing, missing } =
        resolve(path, Links::OfRoot).map_err(|refusal| refused(option, path, &refusal.to_string()))?;
    if !missing.is_empty() {
        // It may exist on the engine's machine, and may appear here later.
        return check_name(option, &missing.iter().fold(existing, |path, name| path.join(name)))
            .map(|()| None);
    }
    if is_data_directory(&file) {
        return Err(refused(option, path, "is a data directory of sandboxes"));
    }
    let found = Pinned::new(file, existing);
    check_pinned(option, &found).map(|()| Some(found))
}

/// Checks a path by its name alone.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn check_name(option: &'static str, path: &Path) -> Result<()> {
    refusal_by_name(path).map_or(Ok(()), |why| Err(refused(option, path, why)))
}

/// Checks what was found at a path, by its name and by what it is.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn check_pinned(option: &'static str, found: &Pinned) -> Result<()> {
    let path = found.path();
    check_name(option, path)?;
    match refusal_by_identity(path, found) {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(refused(option, path, why)),
        Err(error) => Err(refused(option, path, &format!("cannot be examined: {error}"))),
    }
}

fn refused(option: &'static str, path: &Path, why: &str) -> Error {
    Error::invalid(option, format!("{option}: {} {why}", path.display()))
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
fn refusal_by_identity(path: &Path, found: &Pinned) -> io::Result<Option<&'static str>> {
    let metadata = found.handle().metadata()?;
    if metadata.file_type().is_socket() {
        return Ok(Some(IS_SOCKET));
    }
    let here = identity(&metadata);
    let system = identities(SYSTEM.iter().map(Path::new));
    if system.contains(&here) {
        return Ok(Some(IS_SYSTEM));
    }
    for ancestor in path.ancestors().skip(1) {
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
