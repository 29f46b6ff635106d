use std::collections::BTreeMap;

use serde::Deserialize;

use serde_json::Value;

use super::{
    device::{Device, Gpus},
    health::HealthCheck,
    limits::{Limits, Size},
    mount::Mount,
    restart::Restart,
};
use crate::{docker::containers::valid_signal, error::Result};

/// The configuration of a container, as given; see `ContainerConfig` in index.d.ts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the options of a container")]
pub struct Given {
    pub name: Option<String>,
    pub image: String,
    pub command: Option<Words>,
    pub entrypoint: Option<Words>,
    pub env: BTreeMap<String, String>,
    pub working_dir: Option<String>,
    pub mounts: Vec<Mount>,
    pub network: Option<String>,
    pub ports: BTreeMap<String, Value>,
    pub resource_limits: Limits,
    pub restart_policy: Option<Restart>,
    pub user: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub security: Security,
    pub hostname: Option<String>,
    pub dns: Vec<String>,
    pub tty: bool,
    pub open_stdin: bool,
    pub stdin_once: bool,
    pub init: Option<bool>,
    pub auto_remove: bool,
    pub stop_signal: Option<Signal>,
    pub log_driver: Option<String>,
    pub log_options: BTreeMap<String, String>,
    pub health_check: Option<HealthCheck>,
    pub ulimits: BTreeMap<String, Value>,
    pub shm_size: Option<Size>,
    pub extra_hosts: BTreeMap<String, String>,
    pub sysctls: BTreeMap<String, String>,
    pub stop_timeout: Option<f64>,
    pub platform: Option<String>,
    pub runtime: Option<String>,
    pub devices: Vec<Device>,
    pub gpus: Option<Gpus>,
    pub aliases: Vec<String>,
    pub ipv4_address: Option<String>,
    pub ipv6_address: Option<String>,
}

/// A command line for a shell, or a program and its arguments.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Words {
    Line(String),
    Words(Vec<String>),
}

/// A signal's name or number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Signal {
    Number(u8),
    Name(String),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Security {
    pub read_only: bool,
    pub cap_drop: Vec<String>,
    pub cap_add: Vec<String>,
    pub no_new_privileges: bool,
    pub privileged: bool,
    pub seccomp: Option<String>,
}

impl Given {
    /// The network, if it is one that was created.
    pub fn own_network(&self) -> Option<&str> {
        let is_own = |network: &&str| {
            !matches!(*network, "bridge" | "host" | "none" | "default") && !network.starts_with("container:")
        };
        self.network.as_deref().filter(is_own)
    }
}

impl Words {
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::Line(line) => ["/bin/sh", "-c", line].map(str::to_owned).to_vec(),
            Self::Words(words) => words.clone(),
        }
    }
}

impl Signal {
    pub fn name(&self) -> Result<String> {
        match self {
            Self::Number(number) => Ok(number.to_string()),
            Self::Name(name) => valid_signal("stopSignal", name).map(str::to_owned),
        }
    }
}
