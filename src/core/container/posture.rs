//! What the engine is asked to make for a sandbox: all of its isolation in one place.

use cofferdam_protocol::layout;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    kernel_limits::{shared_memory, sysctls, ulimits},
    masked::masked_paths,
    podman,
    seccomp::{SECCOMP, Seccomp},
};
use crate::{
    config::{
        mount::MountOption,
        options::{Network, Options},
        user::Ids,
    },
    engine::{
        Features,
        container::{CPU_PERIOD, Limits},
        seccomp_file,
    },
    hex::hex,
    label,
    link::Installed,
    site::Definition,
    store::data_directory::DataDirectory,
    workspace::Workspace,
};

/// What the agent needs to become the sandbox's user, to tag and kill the processes it starts, and to empty their
/// bounding set. Commands have no capabilities.
const CAPABILITIES: [&str; 4] = ["SETUID", "SETGID", "KILL", "SETPCAP"];

/// The host name of every sandbox.
const HOSTNAME: &str = "sandbox";

/// The size in bytes of the tmpfs that holds the agent's socket.
const RUN_SIZE: u64 = 64 * 1024;

/// The settings of a sandbox's container, as the engine's API takes them.
pub struct Posture {
    body: Value,
    hash: String,
}

impl Posture {
    /// The posture of a sandbox with this workspace and user.
    pub fn new(definition: &Definition, directory: &DataDirectory, workspace: &Workspace, user: Ids) -> Self {
        let Definition { id, options, .. } = definition;
        let mut body = body(options, workspace, user);
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

    /// A hash of everything that cannot be changed in an existing container: image, mounts, user, network, security. The
    /// limits can be changed, and the build of the agent need not be.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The body of the request that creates the container. `network` is the name of the network it joins, if any;
    /// `names` are mounts of files with names for its ids.
    pub fn request(
        &self,
        limits: Limits,
        features: Features,
        seccomp: &Seccomp,
        agent: &Installed,
        network: Option<String>,
        names: Vec<Value>,
    ) -> Value {
        let mut body = self.body.clone();
        body["Labels"][label::AGENT] = agent.build.as_str().into();
        if matches!(seccomp, Seccomp::Engines) {
            body["Labels"][label::SECCOMP] = "engine".into();
        }
        let host = &mut body["HostConfig"];
        host["SecurityOpt"] = security_options(features, seccomp).into();
        if let Some(network) = network {
            host["NetworkMode"] = network.into();
        }
        if host.get("ShmSize").is_none() {
            host["ShmSize"] = shared_memory(limits.memory).into();
        }
        // Another runtime may refuse them.
        if features.sysctls && host.get("Runtime").is_none() {
            host["Sysctls"] = sysctls(limits.memory);
        }
        host["Memory"] = limits.memory.into();
        host["MemorySwap"] = limits.memory.into();
        host["CpuPeriod"] = CPU_PERIOD.into();
        host["CpuQuota"] = limits.cpu_quota.into();
        host["PidsLimit"] = limits.pids.into();
        if let Some(mounts) = host["Mounts"].as_array_mut() {
            mounts.push(agent.mount());
            mounts.extend(names);
        }
        if features.podman {
            podman::adapt(host);
        }
        body
    }
}

fn body(options: &Options, workspace: &Workspace, user: Ids) -> Value {
    let mut host = json!({
        "CapDrop": ["ALL"],
        "CapAdd": CAPABILITIES,
        // How the engine is told depends on the engine; see `request`.
        "SecurityOpt": ["no-new-privileges", format!("seccomp={}", *SECCOMP)],
        "CgroupnsMode": "private",
        "IpcMode": "private",
        // The agent is the init process. One from the engine would take its place as PID 1.
        "Init": false,
        // Otherwise a command could fill the host's disk by writing to /proc/1/fd/1.
        "LogConfig": { "Type": "none" },
        "MaskedPaths": masked_paths(),
        "Mounts": mounts(options, workspace),
        // The name of our network is filled in by `request`. This one stands for its kind in the hash.
        "NetworkMode": match options.network {
            Network::Enabled => format!("coffer-{}", options.host.name()),
            Network::None => "none".to_owned(),
        },
        "Dns": options.dns,
        "ReadonlyRootfs": options.read_only,
        "Ulimits": ulimits(&options.ulimits),
    });
    if options.lifetime.is_tethered() {
        host["AutoRemove"] = true.into();
    }
    if options.network == Network::None {
        // Elsewhere the engine does that.
        host["ExtraHosts"] = json!([format!("{HOSTNAME}:127.0.0.1")]);
    }
    if let Some(size) = options.shm_size {
        host["ShmSize"] = size.into();
    }
    if let Some(runtime) = &options.runtime {
        host["Runtime"] = runtime.as_str().into();
    }
    json!({
        "Image": options.image,
        "Hostname": HOSTNAME,
        // The agent is root; commands run as the sandbox's user.
        "User": "0:0",
        "WorkingDir": layout::WORKSPACE,
        "Entrypoint": entrypoint(options, &format!("{}:{}", user.uid, user.gid)),
        "Cmd": [],
        // A health check of the image would run as root.
        "Healthcheck": { "Test": ["NONE"] },
        "StopSignal": "SIGTERM",
        "HostConfig": host,
    })
}

fn security_options(features: Features, seccomp: &Seccomp) -> Vec<String> {
    // The agent sets it for each command anyway.
    let no_new_privileges = features.no_new_privileges.then(|| "no-new-privileges".to_owned());
    let profile = match seccomp {
        Seccomp::Inline => Some(format!("seccomp={}", *SECCOMP)),
        Seccomp::File { path, .. } => Some(seccomp_file::option(path)),
        Seccomp::Engines => None,
    };
    no_new_privileges.into_iter().chain(profile).collect()
}

/// The agent's command line.
fn entrypoint(options: &Options, user: &str) -> Vec<String> {
    let words = [layout::AGENT, "init", "--user", user].into_iter();
    let flags = [
        options.lifetime.is_tethered().then_some("--tethered"),
        options.workspace_dir.is_some().then_some("--foreign-workspace"),
    ];
    let words = words.chain(flags.into_iter().flatten()).map(str::to_owned);
    let tmpfs = options.tmpfs.keys().flat_map(|path| ["--tmpfs".to_owned(), path.clone()]);
    let limits =
        options.ulimits.iter().flat_map(|(name, limit)| ["--ulimit".to_owned(), format!("{name}={limit}")]);
    words.chain(tmpfs).chain(limits).collect()
}

fn mounts(options: &Options, workspace: &Workspace) -> Vec<Value> {
    let mut mounts = vec![workspace.mount(), tmpfs(layout::RUN_DIRECTORY, RUN_SIZE, 0o700)];
    mounts.extend(options.tmpfs.iter().map(|(path, size)| tmpfs(path, *size, 0o1777)));
    mounts.extend(options.mounts.iter().map(MountOption::to_mount));
    mounts
}

fn tmpfs(target: &str, size: u64, mode: u32) -> Value {
    json!({ "Type": "tmpfs", "Target": target, "TmpfsOptions": { "SizeBytes": size, "Mode": mode } })
}

/// The first 16 hexadecimal digits of the SHA-256 of the JSON, whose keys are sorted.
fn hash(body: &Value) -> String {
    hex(Sha256::digest(body.to_string()).into_iter().take(8))
}
