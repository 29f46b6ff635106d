//! The options of a set of sandboxes, validated.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use cofferdam_protocol::wire::limits::MAX_OUTPUT_LIMIT;
use nix::unistd::{getegid, geteuid};
use serde::{Deserialize, Serialize};

use super::{mount::MountOption, profile::Profile};

use crate::{
    engine::{
        EngineOptions,
        container::{CPU_PERIOD, Limits},
    },
    error::{Error, Result},
};

/// How much higher the container's limit on processes is than the user's: for the agent and bridges.
const OWN_PROCESSES: u32 = 8;

const MIB: u64 = 1024 * 1024;

/// What a sandbox is like. As JSON it says nothing of where it is: neither the engine nor the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// The preset that it began with.
    pub profile: Profile,
    /// How the engine is found.
    #[serde(skip)]
    pub engine: EngineOptions,
    /// The directory that holds the workspaces.
    #[serde(skip)]
    pub data_dir: PathBuf,
    /// The image.
    pub image: String,
    /// Memory in bytes; no swap on top.
    pub memory: u64,
    /// Processors; 0.5 is half of one.
    pub cpus: f64,
    /// Processes and threads that commands may have.
    pub pids: u32,
    /// The most that the files in the workspace may take, in bytes; no limit when not given.
    #[serde(default)]
    pub disk: Option<u64>,
    /// A command's deadline when it names none.
    pub timeout: Duration,
    /// The longest deadline that a command may name.
    pub max_timeout: Duration,
    /// Bytes of each output stream in a result.
    pub output_limit: u64,
    /// What commands reach.
    pub network: Network,
    /// Name servers instead of the engine's.
    pub dns: Vec<String>,
    /// Whether the root file system is read-only.
    pub read_only: bool,
    /// Directories in memory: path to size in bytes.
    pub tmpfs: BTreeMap<String, u64>,
    /// Whom commands run as.
    pub user: User,
    /// Environment of every command; travels with each, and is nowhere in the container's settings.
    pub env: BTreeMap<String, String>,
    /// The engine's runtime, such as `runsc`; its default one when not given.
    pub runtime: Option<String>,
    /// Labels on the container, beside our own.
    pub labels: BTreeMap<String, String>,
    /// Mounts beside the workspace.
    pub mounts: Vec<MountOption>,
    /// How the workspace is kept.
    pub workspace: WorkspaceOption,
    /// A directory of the host that is the workspace, and nobody's to make or to delete.
    pub workspace_dir: Option<PathBuf>,
}

/// What commands reach over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// The outside, but no other sandbox.
    Enabled,
    /// Nothing.
    None,
}

/// Whom commands run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum User {
    /// The host process' user when that is not root, else 1000:1000.
    Auto,
    /// These ids, neither of them 0.
    Ids(Ids),
}

/// User and group id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ids {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// How a workspace is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WorkspaceOption {
    /// As a directory of the host where the engine sees it, else as a volume.
    Auto,
    /// As a directory of the host.
    Bind,
    /// As a volume of the engine.
    Volume,
}

/// The profile `conversation`.
impl Default for Options {
    fn default() -> Self {
        Profile::Conversation.options()
    }
}

impl Options {
    /// Refuses what no sandbox should have.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, with the option and what is allowed.
    pub fn validate(&self) -> Result<()> {
        let refuse = |option, message: String| Err(Error::invalid(option, message));
        if self.image.is_empty() || self.image.len() > 1024 || self.image.contains(char::is_whitespace) {
            return refuse(
                "image",
                "image must be the name of an image, such as ai-sandbox:latest".to_owned(),
            );
        }
        if self.data_dir.as_os_str().is_empty() {
            return refuse("dataDir", "dataDir must be the path of a directory".to_owned());
        }
        if !(16 * MIB..=1 << 50).contains(&self.memory) {
            return refuse("memory", format!("memory must be at least 16m, not {} bytes", self.memory));
        }
        if !(0.05..=1024.0).contains(&self.cpus) {
            return refuse("cpus", format!("cpus must be a number from 0.05 to 1024, not {}", self.cpus));
        }
        if !(4..=1_000_000).contains(&self.pids) {
            return refuse(
                "pids",
                format!("pids must be a whole number from 4 to 1000000, not {}", self.pids),
            );
        }
        if let Some(disk) = self.disk
            && !(MIB..=8 << 40).contains(&disk)
        {
            return refuse("disk", format!("disk must be from 1m to 8t, or 'unlimited', not {disk} bytes"));
        }
        if self.max_timeout.is_zero() || self.max_timeout > Duration::from_hours(24) {
            return refuse("maxTimeout", "maxTimeout must be from 1 ms to 24 hours".to_owned());
        }
        if self.timeout.is_zero() || self.timeout > self.max_timeout {
            let limit = self.max_timeout.as_millis();
            return refuse("timeout", format!("timeout must be from 1 to {limit} ms (maxTimeout)"));
        }
        if self.output_limit > MAX_OUTPUT_LIMIT {
            return refuse("outputLimit", format!("outputLimit must be at most {MAX_OUTPUT_LIMIT} bytes"));
        }
        if let User::Ids(Ids { uid, gid }) = self.user
            && (uid == 0 || gid == 0 || uid == u32::MAX || gid == u32::MAX)
        {
            return refuse("user", "user must be 'auto' or 'uid:gid', neither of them 0".to_owned());
        }
        for (path, size) in &self.tmpfs {
            super::mount::validate_target("tmpfs", path)?;
            if *size == 0 || *size > self.memory / 2 {
                // What lies in a tmpfs counts as memory: a full one would make every later command run out of it.
                return refuse("tmpfs", format!("the tmpfs at {path} must be at most half of memory"));
            }
        }
        for server in &self.dns {
            if server.parse::<std::net::IpAddr>().is_err() {
                return refuse("dns", format!("dns takes IP addresses, not {server:?}"));
            }
        }
        if let Some(name) = self.labels.keys().find(|name| name.is_empty() || name.starts_with("cofferdam."))
        {
            return refuse("labels", format!("the label {name:?} is not yours to set"));
        }
        validate_environment(self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        self.mounts.iter().try_for_each(MountOption::validate)
    }

    /// Whether the container ends and goes with the last process that uses it.
    #[must_use]
    pub fn is_ephemeral(&self) -> bool {
        self.profile == Profile::Task
    }

    /// The ids that commands run with.
    #[must_use]
    pub fn ids(&self) -> Ids {
        match self.user {
            User::Ids(ids) => ids,
            User::Auto if geteuid().is_root() => Ids { uid: 1000, gid: 1000 },
            User::Auto => Ids { uid: geteuid().as_raw(), gid: getegid().as_raw() },
        }
    }

    /// What can be changed while a container runs.
    #[must_use]
    pub fn limits(&self) -> Limits {
        // Within what `validate` allows, none of these conversions loses anything.
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

/// Refuses environment entries that no process could have.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn validate_environment<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    for (name, value) in entries {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let message =
                format!("env: {name:?} must have a name without = and NUL, and a value without NUL");
            return Err(Error::invalid("env", message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn the_defaults_are_the_conversation_profile() {
        let options = Options::default();
        options.validate().unwrap();
        assert_eq!(options.limits(), Limits { memory: 536_870_912, cpu_quota: 10_000, pids: 108 });
    }

    #[test]
    fn what_no_sandbox_should_have_is_refused() {
        let cases: [fn(&mut Options); 16] = [
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
            |o| o.output_limit = u64::MAX,
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
