//! The usual addresses of engines.

use crate::engine::{discovery::address::Address, discovery::environment::Environment};

/// The sockets of Docker, desktop products and Podman, in the order in which they are tried.
#[cfg(unix)]
pub fn usual(environment: &Environment) -> Vec<Address> {
    // Several paths may lead to one socket, as with Docker Desktop; it is tried once.
    let mut seen = std::collections::HashSet::new();
    sockets(environment)
        .filter(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())))
        .map(Address::Socket)
        .collect()
}

#[cfg(unix)]
fn sockets(environment: &Environment) -> impl Iterator<Item = std::path::PathBuf> {
    let home = |path| environment.in_home(path);
    let within = |variable, path| environment.directory(variable).map(|found| found.join(path));
    [
        Some("/var/run/docker.sock".into()),
        // Rootless Docker.
        within("XDG_RUNTIME_DIR", "docker.sock"),
        // Docker Desktop, on macOS and on Linux.
        home(".docker/run/docker.sock"),
        home(".docker/desktop/docker.sock"),
        home(".orbstack/run/docker.sock"),
        within("COLIMA_HOME", "default/docker.sock"),
        home(".colima/default/docker.sock"),
        within("XDG_CONFIG_HOME", "colima/default/docker.sock"),
        home(".config/colima/default/docker.sock"),
        // Rancher Desktop.
        home(".rd/docker.sock"),
        within("XDG_RUNTIME_DIR", "podman/podman.sock"),
        Some("/run/podman/podman.sock".into()),
    ]
    .into_iter()
    .flatten()
}

/// Docker Desktop's pipe.
#[cfg(windows)]
pub fn usual(_environment: &Environment) -> Vec<Address> {
    vec![Address::Pipe(r"\\.\pipe\docker_engine".to_owned())]
}
