//! What is wrong with a socket or a port.

use std::{fs, io, path::Path};

use super::{Cause, Reason};

const START: &str = "start it: `sudo systemctl start docker`, `dockerd`, Docker Desktop, OrbStack or Colima";

/// Nothing exists at the path.
pub fn missing(socket: Option<&Path>) -> Reason {
    let text = if socket.is_some() { "the socket does not exist" } else { "nothing exists at the address" };
    Reason::new(Cause::Missing, text, format!("check the address, or install Docker and {START}"))
}

/// Nothing listens. The kernel reports the same error for a stale socket, a file and a directory.
pub fn refused(socket: Option<&Path>) -> Reason {
    let Some(path) = socket else {
        return Reason::new(
            Cause::Refused,
            "nothing listens on that port",
            format!(
                "check the host and port, and that the engine listens on TCP; if it is not running, {START}"
            ),
        );
    };
    if let Some(kind) = kind_of_other(path) {
        let text = format!("the path is {kind}, not a socket");
        let hint = if kind == "a directory" {
            "a bind mount of a missing socket creates a directory in its place: remove it, and start the \
             engine before the container"
        } else {
            "set the path of the engine's socket, usually /var/run/docker.sock"
        };
        return Reason::new(Cause::NotASocket, text, hint);
    }
    Reason::new(Cause::Refused, "nothing listens on the socket, which a stopped engine left behind", START)
}

/// This user lacks the permission.
pub fn denied(socket: Option<&Path>) -> Reason {
    let Some(path) = socket else {
        return Reason::new(Cause::Denied, "permission denied", "check the permissions of this user");
    };
    let group = match group(path) {
        Ok(group) => format!(" (in a container: `--group-add {group}`)"),
        Err(_) => String::new(),
    };
    Reason::new(
        Cause::Denied,
        "this user may not access the socket",
        format!(
            "add the user to the socket's group, `sudo usermod -aG docker $USER`, and log in again{group}; \
             members of that group are effectively root, so consider rootless Docker or Podman"
        ),
    )
}

fn kind_of_other(path: &Path) -> Option<&'static str> {
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_dir() {
        return Some("a directory");
    }
    if kind.is_file() {
        return Some("a file");
    }
    None
}

#[cfg(unix)]
fn group(path: &Path) -> io::Result<u32> {
    fs::metadata(path).map(|found| std::os::unix::fs::MetadataExt::gid(&found))
}

#[cfg(not(unix))]
fn group(_path: &Path) -> io::Result<u32> {
    Err(io::ErrorKind::Unsupported.into())
}
