//! What the engine is asked to make for a sandbox: its whole posture in one place.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, Mount,
    MountTmpfsOptions, MountType, ResourcesUlimits,
};
use once_cell::sync::Lazy;
use sha2::{Digest, Sha256};

use super::{
    directory::DataDirectory,
    id::SandboxId,
    options::{Network, Options},
    workspace::Workspace,
};
use crate::{
    agent::{Installed, binary},
    engine::container::{CPU_PERIOD, Limits},
    hex::hex,
    label,
};

/// The profile's source is for people to read; the engine gets it without the white space.
static SECCOMP: Lazy<String> = Lazy::new(|| {
    let source = include_str!("../../../docker/seccomp.json");
    serde_json::from_str::<serde_json::Value>(source)
        .map_or_else(|_| source.to_owned(), |profile| profile.to_string())
});

/// What the agent needs to become the sandbox's user, to mark and kill what it starts, and to empty the
/// bounding set of it. Commands have none of it.
const CAPABILITIES: [&str; 4] = ["SETUID", "SETGID", "KILL", "SETPCAP"];

/// Descriptors a process may have; what a sandbox holds open is the host's memory.
const OPEN_FILES: i64 = 1024;

/// The size of `/dev/shm`, in bytes: the engine's own choice.
const SHARED_MEMORY: i64 = 64 * 1024 * 1024;

/// A tmpfs that holds one socket, in bytes.
const RUN_SIZE: i64 = 64 * 1024;

/// What a sandbox's container is to be.
#[derive(Clone)]
pub struct Spec {
    body: ContainerCreateBody,
    hash: String,
}

impl Spec {
    /// The container of a sandbox with this workspace.
    pub fn new(options: &Options, directory: &DataDirectory, id: &SandboxId, workspace: &Workspace) -> Self {
        let body = body(options, workspace);
        let hash = hash(&body);
        let mut labels: HashMap<String, String> = options.labels.clone().into_iter().collect();
        labels.extend(
            [
                (label::NAMESPACE, directory.namespace()),
                (label::SANDBOX, id.as_str()),
                (label::PROFILE, options.profile.name()),
                (label::SPEC, &hash),
                (label::WORKSPACE, workspace.label()),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        Self { body: ContainerCreateBody { labels: Some(labels), ..body }, hash }
    }

    /// What tells it from another: image, mounts, user, network and security, but neither limits, which can
    /// be changed in a container that is there, nor the build of the agent, which need not be.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The request to the engine; `network` is the id of the one that the sandbox joins, if it joins one.
    pub fn into_request(
        self,
        limits: Limits,
        agent: &Installed,
        network: Option<String>,
    ) -> ContainerCreateBody {
        let Self { mut body, .. } = self;
        body.labels.get_or_insert_default().insert(label::AGENT.to_owned(), agent.build.clone());
        let host = body.host_config.get_or_insert_default();
        if let Some(network) = network {
            host.network_mode = Some(network);
        }
        // What lies there counts as memory: as much as that would leave none for a command.
        host.shm_size = Some(SHARED_MEMORY.min(limits.memory / 2));
        host.memory = Some(limits.memory);
        host.memory_swap = Some(limits.memory);
        host.cpu_period = Some(CPU_PERIOD);
        host.cpu_quota = Some(limits.cpu_quota);
        host.pids_limit = Some(limits.pids);
        host.mounts.get_or_insert_default().push(agent.mount());
        body
    }
}

fn body(options: &Options, workspace: &Workspace) -> ContainerCreateBody {
    let ids = options.ids();
    ContainerCreateBody {
        image: Some(options.image.clone()),
        hostname: Some("sandbox".to_owned()),
        // The supervisor; commands run as `ids`.
        user: Some("0:0".to_owned()),
        working_dir: Some("/workspace".to_owned()),
        entrypoint: Some(entrypoint(options, &format!("{}:{}", ids.uid, ids.gid))),
        cmd: Some(Vec::new()),
        // The image's would run as root.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..Default::default() }),
        stop_signal: Some("SIGTERM".to_owned()),
        host_config: Some(HostConfig {
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: Some(CAPABILITIES.map(str::to_owned).to_vec()),
            security_opt: Some(vec!["no-new-privileges".to_owned(), format!("seccomp={}", *SECCOMP)]),
            cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
            ipc_mode: Some("private".to_owned()),
            // The agent is the init process; an engine that puts another one before it would hide it.
            init: Some(false),
            // A command that writes to /proc/1/fd/1 must not fill the host's disk.
            auto_remove: options.is_ephemeral().then_some(true),
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            mounts: Some(mounts(options, workspace)),
            network_mode: Some(
                match options.network {
                    // Which one, the request says.
                    Network::Enabled => "cofferdam",
                    Network::None => "none",
                }
                .to_owned(),
            ),
            dns: Some(options.dns.clone()),
            readonly_rootfs: Some(options.read_only),
            runtime: options.runtime.clone(),
            ulimits: Some(vec![ulimit("core", 0), ulimit("nofile", OPEN_FILES)]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// The agent; of what is to be gone with its host, one that ends with the last link.
fn entrypoint(options: &Options, user: &str) -> Vec<String> {
    let words = [binary::PATH, "init", "--user", user].into_iter();
    words.chain(options.is_ephemeral().then_some("--tethered")).map(str::to_owned).collect()
}

fn mounts(options: &Options, workspace: &Workspace) -> Vec<Mount> {
    let mut mounts = vec![workspace.mount(), tmpfs(binary::RUN_DIRECTORY, RUN_SIZE, 0o700)];
    mounts.extend(
        options
            .tmpfs
            .iter()
            .map(|(path, size)| tmpfs(path, i64::try_from(*size).unwrap_or(i64::MAX), 0o1777)),
    );
    mounts.extend(options.mounts.iter().map(super::mount::MountOption::to_mount));
    mounts
}

fn tmpfs(target: &str, size_bytes: i64, mode: i64) -> Mount {
    Mount {
        typ: Some(MountType::TMPFS),
        target: Some(target.to_owned()),
        tmpfs_options: Some(MountTmpfsOptions {
            size_bytes: Some(size_bytes),
            mode: Some(mode),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn ulimit(name: &str, limit: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.to_owned()), soft: Some(limit), hard: Some(limit) }
}

/// The first 16 hexadecimal digits of the SHA-256 of the request as JSON, whose keys are sorted.
fn hash(body: &ContainerCreateBody) -> String {
    let json = serde_json::to_value(body).map(|value| value.to_string()).unwrap_or_default();
    hex(Sha256::digest(json).into_iter().take(8))
}
