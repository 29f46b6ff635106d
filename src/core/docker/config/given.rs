use std::collections::BTreeMap;

use serde::Deserialize;

use super::{limits::Limits, mount::Mount, port::Port, restart::Restart};

/// The configuration of a container, as given; see `ContainerConfig` in index.d.ts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Given {
    pub name: Option<String>,
    pub image: String,
    pub command: Option<Words>,
    pub entrypoint: Option<Words>,
    pub env: BTreeMap<String, String>,
    pub working_dir: Option<String>,
    pub mounts: Vec<Mount>,
    pub network: Option<String>,
    pub ports: BTreeMap<String, Port>,
    pub resource_limits: Limits,
    pub restart_policy: Option<Restart>,
    pub user: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub security: Security,
    pub hostname: Option<String>,
    pub dns: Vec<String>,
    pub tty: bool,
    pub open_stdin: bool,
    pub init: Option<bool>,
    pub auto_remove: bool,
    pub stop_signal: Option<String>,
    pub log_driver: Option<String>,
}

/// A command line for a shell, or a program and its arguments.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Words {
    Line(String),
    Words(Vec<String>),
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

impl Words {
    pub fn list(&self) -> Vec<String> {
        match self {
            Self::Line(line) => ["/bin/sh", "-c", line].map(str::to_owned).to_vec(),
            Self::Words(words) => words.clone(),
        }
    }
}
