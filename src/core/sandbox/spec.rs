//! What the engine is asked to make for a sandbox: its whole posture in one place.

use cofferdam_protocol::layout;
use once_cell::sync::Lazy;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    directory::DataDirectory,
    id::SandboxId,
    options::{Network, Options},
    workspace::Workspace,
};

use crate::{
    engine::container::{CPU_PERIOD, Limits},
    hex::hex,
    label,
    link::Installed,
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
const RUN_SIZE: u64 = 64 * 1024;

/// What a sandbox's container is to be.
#[derive(Clone)]
pub struct Spec {
    body: Value,
    hash: String,
}

impl Spec {
    /// The container of a sandbox with this workspace.
    pub fn new(options: &Options, directory: &DataDirectory, id: &SandboxId, workspace: &Workspace) -> Self {
        let mut body = body(options, workspace);
        let hash = hash(&body);
        let mut labels: Map<String, Value> =
            options.labels.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let own = [
            (label::NAMESPACE, directory.namespace()),
            (label::SANDBOX, id.as_str()),
            (label::PROFILE, options.profile.name()),
            (label::SPEC, &hash),
            (label::WORKSPACE, workspace.label()),
        ];
        labels.extend(own.map(|(name, value)| (name.to_owned(), value.into())));
        body["Labels"] = labels.into();
        Self { body, hash }
    }

    /// What tells it from another: image, mounts, user, network and security, but neither limits, which can
    /// be changed in a container that is there, nor the build of the agent, which need not be.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The request to the engine; `network` is the id of the one that the sandbox joins, if it joins one.
    pub fn into_request(self, limits: Limits, agent: &Installed, network: Option<String>) -> Value {
        let Self { mut body, .. } = self;
        body["Labels"][label::AGENT] = agent.build.as_str().into();
        let host = &mut body["HostConfig"];
        if let Some(network) = network {
            host["NetworkMode"] = network.into();
        }
        // What lies there counts as memory: as much as that would leave none for a command.
        host["ShmSize"] = SHARED_MEMORY.min(limits.memory / 2).into();
        host["Memory"] = limits.memory.into();
        host["MemorySwap"] = limits.memory.into();
        host["CpuPeriod"] = CPU_PERIOD.into();
        host["CpuQuota"] = limits.cpu_quota.into();
        host["PidsLimit"] = limits.pids.into();
        if let Some(mounts) = host["Mounts"].as_array_mut() {
            mounts.push(agent.mount());
        }
        body
    }
}

fn body(options: &Options, workspace: &Workspace) -> Value {
    let ids = options.ids();
    let mut host = json!({
        "CapDrop": ["ALL"],
        "CapAdd": CAPABILITIES,
        "SecurityOpt": ["no-new-privileges", format!("seccomp={}", *SECCOMP)],
        "CgroupnsMode": "private",
        "IpcMode": "private",
        // The agent is the init process; an engine that puts another one before it would hide it.
        "Init": false,
        // A command that writes to /proc/1/fd/1 must not fill the host's disk.
        "LogConfig": { "Type": "none" },
        "Mounts": mounts(options, workspace),
        // Which network, the request says.
        "NetworkMode": match options.network {
            Network::Enabled => "cofferdam",
            Network::None => "none",
        },
        "Dns": options.dns,
        "ReadonlyRootfs": options.read_only,
        "Ulimits": [ulimit("core", 0), ulimit("nofile", OPEN_FILES)],
    });
    if options.is_ephemeral() {
        host["AutoRemove"] = true.into();
    }
    if let Some(runtime) = &options.runtime {
        host["Runtime"] = runtime.as_str().into();
    }
    json!({
        "Image": options.image,
        "Hostname": "sandbox",
        // The supervisor; commands run as `ids`.
        "User": "0:0",
        "WorkingDir": layout::WORKSPACE,
        "Entrypoint": entrypoint(options, &format!("{}:{}", ids.uid, ids.gid)),
        "Cmd": [],
        // The image's would run as root.
        "Healthcheck": { "Test": ["NONE"] },
        "StopSignal": "SIGTERM",
        "HostConfig": host,
    })
}

/// The agent; of what is to be gone with its host, one that ends with the last link.
fn entrypoint(options: &Options, user: &str) -> Vec<String> {
    let words = [layout::AGENT, "init", "--user", user].into_iter();
    words.chain(options.is_ephemeral().then_some("--tethered")).map(str::to_owned).collect()
}

fn mounts(options: &Options, workspace: &Workspace) -> Vec<Value> {
    let mut mounts = vec![workspace.mount(), tmpfs(layout::RUN_DIRECTORY, RUN_SIZE, 0o700)];
    mounts.extend(options.tmpfs.iter().map(|(path, size)| tmpfs(path, *size, 0o1777)));
    mounts.extend(options.mounts.iter().map(super::mount::MountOption::to_mount));
    mounts
}

fn tmpfs(target: &str, size: u64, mode: u32) -> Value {
    json!({ "Type": "tmpfs", "Target": target, "TmpfsOptions": { "SizeBytes": size, "Mode": mode } })
}

fn ulimit(name: &str, limit: i64) -> Value {
    json!({ "Name": name, "Soft": limit, "Hard": limit })
}

/// The first 16 hexadecimal digits of the SHA-256 of the request as JSON, whose keys are sorted.
fn hash(body: &Value) -> String {
    hex(Sha256::digest(body.to_string()).into_iter().take(8))
}
