//! What is wrong with a socket.

use std::{fs, io, path::Path};

use super::{Cause, Reason};

const START: &str = "start it: `sudo systemctl start docker`, `dockerd`, or Docker Desktop, OrbStack, Colima";

/// Nothing is at that path.
pub fn missing(socket: Option<&Path>) -> Reason {
    let text = if socket.is_some() { "there is no such socket" } else { "there is nothing at its address" };
    Reason::new(Cause::Missing, text, format!("check the address, or install Docker and {START}"))
}

/// Nothing listens: the kernel says the same of a stale socket, of a file and of a directory.
pub fn refused(socket: Option<&Path>) -> Reason {
    let Some(path) = socket else {
        return Reason::new(
            Cause::Refused,
            "nothing listens there",
            format!("check host and port, and that the engine listens on TCP; if it does not run, {START}"),
        );
    };
    if let Some(kind) = kind_of_other(path) {
        let text = format!("that is {kind} and no socket");
        let hint = if kind == "a directory" {
            "a bind mount of a socket that did not exist makes a directory in its place: remove it, and start \
             the engine before the container"
        } else {
            "give the path of the engine's socket, mostly /var/run/docker.sock"
        };
        return Reason::new(Cause::NotASocket, text, hint);
    }
    Reason::new(Cause::Refused, "nothing listens on that socket, which an engine left behind", START)
}

/// This user may not use the socket.
pub fn denied(socket: Option<&Path>) -> Reason {
    let Some(path) = socket else {
        return Reason::new(Cause::Denied, "permission denied", "check what this user may do");
    };
    let group = match group(path) {
        Ok(group) => format!(" (in a container: `--group-add {group}`)"),
        Err(_) => String::new(),
    };
    Reason::new(
        Cause::Denied,
        "this user may not use that socket",
        format!(
            "add the user to the socket's group, `sudo usermod -aG docker $USER`, and log in again{group}; that \
             group is as good as root, so rootless Docker or Podman may be the better way"
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
