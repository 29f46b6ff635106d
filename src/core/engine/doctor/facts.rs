//! An engine's answers about itself. Engines and Podman differ, so every field may be missing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The answer to `/version`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Version {
    #[serde(rename = "Version")]
    pub number: Option<String>,
    #[serde(rename = "ApiVersion")]
    pub api: Option<String>,
    #[serde(rename = "MinAPIVersion")]
    pub min_api: Option<String>,
    pub os: Option<String>,
    pub arch: Option<String>,
    #[serde(rename = "KernelVersion")]
    pub kernel: Option<String>,
    pub platform: Option<Named>,
    pub components: Option<Vec<Named>>,
}

/// An object with a name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Named {
    pub name: String,
}

/// The answer to `/info`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Info {
    #[serde(rename = "OSType")]
    pub os_type: Option<String>,
    pub cgroup_version: Option<String>,
    pub cgroup_driver: Option<String>,
    pub driver: Option<String>,
    pub security_options: Option<Vec<String>>,
    pub default_runtime: Option<String>,
    pub runtimes: Option<BTreeMap<String, Value>>,
    #[serde(rename = "NCPU")]
    pub cpus: Option<u64>,
    pub mem_total: Option<u64>,
    pub memory_limit: Option<bool>,
    pub swap_limit: Option<bool>,
    pub pids_limit: Option<bool>,
    pub cpu_cfs_period: Option<bool>,
    pub cpu_cfs_quota: Option<bool>,
    /// Whether packets between containers of one network go through the packet filter. Newer engines do not say.
    pub bridge_nf_iptables: Option<bool>,
}

impl Version {
    /// The product's name, as in `Docker Engine - Community` or `Podman Engine`.
    pub fn name(&self) -> Option<&str> {
        let component = self.components.iter().flatten().next();
        let named = [self.platform.as_ref(), component];
        match named.into_iter().flatten().map(|found| found.name.as_str()).find(|name| !name.is_empty()) {
            // The name in builds by distributions.
            Some("Engine") => Some("Docker Engine"),
            name => name,
        }
    }
}

impl Info {
    /// The options of a security feature, as in `profile=default` for `seccomp`; `None` if the engine lacks it.
    pub fn security(&self, feature: &str) -> Option<&str> {
        self.security_options.iter().flatten().find_map(|option| {
            let (name, rest) = option.split_once(',').unwrap_or((option, ""));
            (name.strip_prefix("name=").unwrap_or(name) == feature).then_some(rest)
        })
    }
}
