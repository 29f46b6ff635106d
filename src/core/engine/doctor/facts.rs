//! An engine's answers about itself. Engines and Podman differ, so every field may be missing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::engine::api::lenient;

/// The answer to `/version`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Version {
    #[serde(rename = "Version", deserialize_with = "lenient")]
    pub number: Option<String>,
    #[serde(rename = "ApiVersion", deserialize_with = "lenient")]
    pub api: Option<String>,
    #[serde(rename = "MinAPIVersion", deserialize_with = "lenient")]
    pub min_api: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub os: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub arch: Option<String>,
    #[serde(rename = "KernelVersion", deserialize_with = "lenient")]
    pub kernel: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub platform: Option<Named>,
    #[serde(deserialize_with = "lenient")]
    pub components: Option<Vec<Named>>,
}

/// An object with a name.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Named {
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// The answer to `/info`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Info {
    #[serde(rename = "OSType", deserialize_with = "lenient")]
    pub os_type: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub cgroup_version: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub cgroup_driver: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub driver: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub security_options: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient")]
    pub default_runtime: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub runtimes: Option<BTreeMap<String, Value>>,
    #[serde(rename = "NCPU", deserialize_with = "lenient")]
    pub cpus: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    pub mem_total: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    pub memory_limit: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub swap_limit: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub pids_limit: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub cpu_cfs_period: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub cpu_cfs_quota: Option<bool>,
    /// Only Podman has one.
    #[serde(deserialize_with = "lenient")]
    pub buildah_version: Option<String>,
    /// Where it keeps its data.
    #[serde(deserialize_with = "lenient")]
    pub docker_root_dir: Option<String>,
    /// Whether packets between containers of one network go through the packet filter. Newer engines do not say.
    #[serde(deserialize_with = "lenient")]
    pub bridge_nf_iptables: Option<bool>,
}

impl Version {
    /// The product's name, as in `Docker Engine - Community` or `Podman Engine`.
    pub fn name(&self) -> Option<&str> {
        let mut components = self.components.iter().flatten();
        // What Podman calls its platform is an operating system.
        if let Some(podman) = components.clone().find(|component| component.name.starts_with("Podman")) {
            return Some(&podman.name);
        }
        let component = components.next();
        let named = [self.platform.as_ref(), component];
        match named.into_iter().flatten().map(|found| found.name.as_str()).find(|name| !name.is_empty()) {
            // The name in builds by distributions.
            Some("Engine") => Some("Docker Engine"),
            name => name,
        }
    }
}

/// The part of Podman's own `/libpod/info` that its answer to `/info` gets wrong under cgroup v2.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Libpod {
    #[serde(deserialize_with = "lenient")]
    pub host: LibpodHost,
}

/// The host, as Podman describes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LibpodHost {
    #[serde(deserialize_with = "lenient")]
    pub cgroup_controllers: Option<Vec<String>>,
}

impl Info {
    /// Whether it is Podman's.
    pub fn is_podman(&self) -> bool {
        self.buildah_version.is_some()
    }

    /// Replaces what Podman says of limits: under cgroup v2 it denies all of them. Which ones hold follows from the controllers.
    pub fn correct(&mut self, libpod: &Libpod) {
        let controllers = libpod.host.cgroup_controllers.as_deref();
        let has = |name: &str| controllers.map(|found| found.iter().any(|found| found == name));
        self.memory_limit = has("memory");
        // With the memory controller, a limit on swap comes from the kernel's configuration.
        self.swap_limit = None;
        self.pids_limit = has("pids");
        self.cpu_cfs_period = has("cpu");
        self.cpu_cfs_quota = has("cpu");
    }

    /// The options of a security feature, as in `profile=default` for `seccomp`; `None` if the engine lacks it.
    pub fn security(&self, feature: &str) -> Option<&str> {
        self.security_options.iter().flatten().find_map(|option| {
            let (name, rest) = option.split_once(',').unwrap_or((option, ""));
            (name.strip_prefix("name=").unwrap_or(name) == feature).then_some(rest)
        })
    }
}
