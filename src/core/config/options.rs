//! The options of a sandbox and their validation.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, time::Duration};

use cofferdam_protocol::{ulimit::Ulimit, wire::limits::MAX_OUTPUT_LIMIT};
use serde::{Deserialize, Serialize};

use super::{
    environment::validate_environment, host_paths, in_memory, lifetime::Lifetime, mount::MountOption,
    profile::Profile, ulimits, user::User,
};
use crate::{
    engine::{
        EngineOptions,
        container::{CPU_PERIOD, Limits},
    },
    error::{Error, Result},
    firewall::HostAccess,
};

/// How many processes the container may have beyond those of commands: the agent and its bridges.
const OWN_PROCESSES: u32 = 8;

/// Other processes that want the sandbox wait for its stop, but not much longer than this.
const MAX_STOP_TIMEOUT: Duration = Duration::from_mins(1);

const MIB: u64 = 1024 * 1024;

/// The default of `stop_timeout`, which is the engine's.
#[must_use]
pub fn stop_timeout() -> Duration {
    Duration::from_secs(10)
}

/// What a sandbox is asked to be. Its JSON form, which is stored for sessions, leaves out the engine and the data directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// The preset that the other options took their defaults from.
    pub profile: Profile,
    /// How long the container lives.
    #[serde(default)]
    pub lifetime: Lifetime,
    /// How the engine is found.
    #[serde(skip)]
    pub engine: EngineOptions,
    /// The directory that holds the workspaces.
    #[serde(skip)]
    pub data_dir: PathBuf,
    /// The image's name.
    pub image: String,
    /// What becomes of a stopped container whose image's name stands for another image by now.
    #[serde(default)]
    pub on_image_change: OnImageChange,
    /// Memory in bytes. Swap is disabled.
    pub memory: u64,
    /// Processors; 0.5 is half of one.
    pub cpus: f64,
    /// How many processes and threads commands may have.
    pub pids: u32,
    /// How much the files in the workspace may take, in bytes. `None` means unlimited.
    #[serde(default)]
    pub disk: Option<u64>,
    /// The deadline of a command that sets none.
    pub timeout: Duration,
    /// The longest deadline that a command may set.
    pub max_timeout: Duration,
    /// How long processes may take to end when the sandbox is stopped.
    #[serde(default = "stop_timeout")]
    pub stop_timeout: Duration,
    /// How much of each output stream a result holds, in bytes.
    pub output_limit: u64,
    /// What commands can reach over the network.
    pub network: Network,
    /// Whether commands with a network can reach the host.
    #[serde(default)]
    pub host: HostAccess,
    /// Addresses of name servers. Empty: the engine's.
    pub dns: Vec<String>,
    /// Whether the root file system is read-only.
    pub read_only: bool,
    /// Directories in memory: path to size in bytes; at most half of `memory` each.
    pub tmpfs: BTreeMap<String, u64>,
    /// The size of `/dev/shm` in bytes, at most half of `memory`. `None`: a quarter of it.
    #[serde(default)]
    pub shm_size: Option<u64>,
    /// Limits of each process, by their names.
    #[serde(default)]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// The user that commands run as.
    pub user: User,
    /// Environment variables of every command. They are sent with each command and never stored in the container's settings.
    pub env: BTreeMap<String, String>,
    /// The OCI runtime, such as `runsc`. `None`: the engine's default.
    pub runtime: Option<String>,
    /// Labels on the container, in addition to our own.
    pub labels: BTreeMap<String, String>,
    /// Mounts besides the workspace.
    pub mounts: Vec<MountOption>,
    /// Where the workspace is stored.
    pub workspace: WorkspaceOption,
    /// A directory of the caller's that is used as the workspace. It is never created or deleted.
    pub workspace_dir: Option<PathBuf>,
}

/// What becomes of a container that is about to be started, when its image's name stands for another image by now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnImageChange {
    /// It goes on with the image that it was made from.
    #[default]
    Keep,
    /// A new one takes its place.
    Replace,
}

/// What commands can reach over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// The internet, but no other sandbox, and the host only if `host` allows it.
    Enabled,
    /// Nothing.
    None,
}

/// Where a workspace is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WorkspaceOption {
    /// In a directory of the host if the engine can mount it, otherwise in a volume.
    Auto,
    /// In a directory of the host.
    Bind,
    /// In a volume of the engine.
    Volume,
}

impl Options {
    /// Checks every option.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the option, its value and what is allowed.
    pub fn validate(&self) -> Result<()> {
        let reject = |option, message: String| Err(Error::invalid(option, message));
        if self.image.is_empty() || self.image.len() > 1024 || self.image.contains(char::is_whitespace) {
            return reject(
                "image",
                "image must be the name of an image, such as ai-sandbox:latest".to_owned(),
            );
        }
        if self.data_dir.as_os_str().is_empty() {
            return reject("dataDir", "dataDir must be the path of a directory".to_owned());
        }
        if let Ok(data_dir) = std::path::absolute(&self.data_dir) {
            host_paths::check_name("dataDir", &data_dir)?;
        }
        if !(16 * MIB..=1 << 50).contains(&self.memory) {
            return reject("memory", format!("memory must be at least 16m, not {} bytes", self.memory));
        }
        if !(0.05..=1024.0).contains(&self.cpus) {
            return reject("cpus", format!("cpus must be a number from 0.05 to 1024, not {}", self.cpus));
        }
        if !(4..=1_000_000).contains(&self.pids) {
            return reject(
                "pids",
                format!("pids must be a whole number from 4 to 1000000, not {}", self.pids),
            );
        }
        if let Some(disk) = self.disk
            && !(MIB..=8 << 40).contains(&disk)
        {
            return reject("disk", format!("disk must be from 1m to 8t, or 'unlimited', not {disk} bytes"));
        }
        if self.max_timeout.is_zero() || self.max_timeout > Duration::from_hours(24) {
            return reject("maxTimeout", "maxTimeout must be from 1 ms to 24 hours".to_owned());
        }
        if self.timeout.is_zero() || self.timeout > self.max_timeout {
            let limit = self.max_timeout.as_millis();
            return reject("timeout", format!("timeout must be from 1 to {limit} ms (maxTimeout)"));
        }
        if self.stop_timeout > MAX_STOP_TIMEOUT {
            let limit = MAX_STOP_TIMEOUT.as_millis();
            return reject("stopTimeout", format!("stopTimeout must be from 0 to {limit} ms"));
        }
        if self.output_limit > MAX_OUTPUT_LIMIT {
            return reject("outputLimit", format!("outputLimit must be at most {MAX_OUTPUT_LIMIT} bytes"));
        }
        if !self.user.is_unprivileged() {
            return reject("user", "user must be 'auto' or 'uid:gid', and neither id may be 0".to_owned());
        }
        if self.user.needs_volume() && self.workspace == WorkspaceOption::Bind {
            return reject(
                "user",
                "user: 'unique' with workspace: 'bind' needs a process of root's, because only root can give a directory to \
                 another user; use workspace: 'volume'"
                    .to_owned(),
            );
        }
        in_memory::validate(&self.tmpfs, self.shm_size, self.memory)?;
        ulimits::validate(&self.ulimits)?;
        for server in &self.dns {
            if server.parse::<IpAddr>().is_err() {
                return reject("dns", format!("dns must list IP addresses, not {server:?}"));
            }
        }
        if let Some(name) = self.labels.keys().find(|name| name.is_empty() || name.starts_with("cofferdam."))
        {
            return reject(
                "labels",
                format!(
                    "labels: the name {name:?} is empty or starts with \"cofferdam.\", which is reserved"
                ),
            );
        }
        validate_environment(self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        self.mounts.iter().try_for_each(MountOption::validate)
    }

    /// How many processors a program may usefully keep busy.
    #[must_use]
    pub fn whole_processors(&self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 1024")]
        let whole = self.cpus.ceil() as u32;
        whole
    }

    /// The limits that can be changed while the container runs.
    #[must_use]
    pub fn limits(&self) -> Limits {
        // Lossless for all values that `validate` accepts.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "at most 1024 processors"
        )]
        let cpu_quota = (self.cpus * CPU_PERIOD as f64).round() as i64;
        Limits {
            memory: i64::try_from(self.memory).unwrap_or(i64::MAX),
            cpu_quota,
            pids: i64::from(self.pids + OWN_PROCESSES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::user::Ids, error::Code};

    #[test]
    fn the_defaults_are_the_conversation_profile() {
        let options = Options::default();
        options.validate().unwrap();
        assert_eq!(options.limits(), Limits { memory: 536_870_912, cpu_quota: 10_000, pids: 108 });
    }

    #[test]
    fn values_out_of_range_are_rejected() {
        let cases: [fn(&mut Options); 20] = [
            |o| o.image = String::new(),
            |o| o.image = "a b".to_owned(),
            |o| o.memory = MIB,
            |o| o.cpus = 0.0,
            |o| o.cpus = f64::NAN,
            |o| o.pids = 1,
            |o| o.disk = Some(0),
            |o| o.disk = Some(u64::MAX),
            |o| o.timeout = Duration::ZERO,
            |o| o.timeout = Duration::from_secs(301),
            |o| o.stop_timeout = Duration::from_secs(61),
            |o| o.output_limit = u64::MAX,
            |o| o.shm_size = Some(0),
            |o| o.shm_size = Some(o.memory / 2 + 1),
            |o| o.ulimits = BTreeMap::from([("nice".to_owned(), Ulimit { soft: 1, hard: 1 })]),
            |o| o.user = User::Ids(Ids { uid: 0, gid: 0 }),
            |o| o.tmpfs = BTreeMap::from([("/tmp".to_owned(), 512 * MIB)]),
            |o| o.dns = vec!["dns.example".to_owned()],
            |o| o.labels = BTreeMap::from([("cofferdam.namespace".to_owned(), String::new())]),
            |o| o.env = BTreeMap::from([("A=B".to_owned(), String::new())]),
        ];
        for (index, change) in cases.iter().enumerate() {
            let mut options = Options::default();
            change(&mut options);
            assert_eq!(options.validate().unwrap_err().code(), Code::InvalidArgument, "case {index}");
        }
    }
}
