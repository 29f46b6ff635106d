//! What weakens the isolation or limits of sandboxes.

use super::{Problem, facts::Info};
use crate::engine::{discovery::address::Address, discovery::endpoint::Endpoint};

const KERNEL: &str = "enable the controller in the host's kernel; a rootless engine needs cgroup v2 with \
                      delegation by systemd";

/// Problems of the connection to the engine.
pub fn of_endpoint(endpoint: &Endpoint) -> Vec<Problem> {
    let mut problems = Vec::new();
    let address = &endpoint.address;
    if matches!(address, Address::Tcp { tls: false, .. }) {
        let reach =
            if address.is_local() { "any user of this machine" } else { "anyone who can reach the port" };
        problems.push(Problem::warning(
            format!("the engine at {address} is open without TLS: {reach} is effectively root on its host"),
            "let the engine listen on a Unix socket, or use TLS with client certificates",
        ));
    }
    if endpoint.tls.as_ref().is_some_and(|tls| !tls.verifies) {
        problems.push(Problem::warning(
            format!("the certificate of the engine at {address} is not checked: anyone can impersonate it"),
            "recreate the Docker context with the engine's ca and without skip-tls-verify",
        ));
    }
    problems
}

/// Problems of the engine itself.
pub fn of_info(info: &Info) -> Vec<Problem> {
    let mut problems = limits(info);
    match info.security("seccomp") {
        None => problems.push(Problem::warning(
            "the engine lacks seccomp: commands can use every system call of its kernel",
            "use a kernel with CONFIG_SECCOMP_FILTER and an engine built with seccomp",
        )),
        Some(profile) if profile.contains("unconfined") => problems.push(Problem::warning(
            "the engine's seccomp profile is `unconfined`",
            "remove seccomp-profile from the engine's configuration",
        )),
        Some(_) => {}
    }
    if info.security("userns").is_some() {
        problems.push(Problem::warning(
            "the engine remaps users: files in a bind mount have other owners on the host",
            "nothing to do; workspaces are kept in a volume",
        ));
    }
    if info.driver.as_deref() == Some("vfs") {
        problems.push(Problem::warning(
            "the storage driver is vfs: every container is a full copy of its image",
            "use overlay2",
        ));
    }
    problems
}

fn limits(info: &Info) -> Vec<Problem> {
    // Older engines and Podman leave some of these out, which does not mean that they lack them.
    [
        (info.memory_limit, "the memory of sandboxes can't be limited"),
        (
            info.swap_limit,
            "the swap of sandboxes can't be limited: they may use more than their memory limit",
        ),
        (info.pids_limit, "the processes of sandboxes can't be limited: a fork bomb affects the host"),
        (both(info.cpu_cfs_period, info.cpu_cfs_quota), "the CPU time of sandboxes can't be limited"),
    ]
    .into_iter()
    .filter(|(supported, _)| *supported == Some(false))
    .map(|(_, message)| Problem::warning(message, KERNEL))
    .collect()
}

fn both(first: Option<bool>, second: Option<bool>) -> Option<bool> {
    if first == Some(false) { first } else { second }
}
