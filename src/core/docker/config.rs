//! What a container is to be.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    error::{Error, Result},
    label,
};

use limits::{Limits, Size};

pub use limits::Defaults;

mod limits;

const MIB: u64 = 1024 * 1024;

/// A container that was checked.
#[derive(Debug, Clone)]
pub struct ContainerConfig {
    given: Given,
    body: Value,
}

/// A container as it is asked for; see `ContainerConfig` in index.d.ts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Given {
    name: Option<String>,
    image: String,
    command: Option<Words>,
    entrypoint: Option<Words>,
    env: BTreeMap<String, String>,
    working_dir: Option<String>,
    mounts: Vec<Mount>,
    network: Option<String>,
    ports: BTreeMap<String, Port>,
    resource_limits: Limits,
    restart_policy: Option<Restart>,
    user: Option<String>,
    labels: BTreeMap<String, String>,
    security: Security,
    hostname: Option<String>,
    dns: Vec<String>,
    tty: bool,
    open_stdin: bool,
    init: Option<bool>,
    auto_remove: bool,
    stop_signal: Option<String>,
    log_driver: Option<String>,
}

/// A line for a shell, or words.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    Line(String),
    Words(Vec<String>),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Mount {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    source: Option<String>,
    target: String,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    size: Option<Size>,
}

/// A port of the host, or an address and one.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Place { host: String, port: u16 },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Restart {
    Name(String),
    Policy {
        name: String,
        #[serde(rename = "maximumRetryCount", default)]
        maximum_retry_count: u32,
    },
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Security {
    read_only: bool,
    cap_drop: Vec<String>,
    cap_add: Vec<String>,
    no_new_privileges: bool,
    privileged: bool,
    seccomp: Option<String>,
}

impl ContainerConfig {
    /// Reads and checks a container; what it says nothing of is as in the defaults.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the field and what is allowed.
    pub fn parse(json: &str, defaults: &Defaults) -> Result<Self> {
        let given: Given = serde_json::from_str(json)
            .map_err(|error| Error::invalid("config", format!("config: {error}")))?;
        let body = given.body(defaults)?;
        Ok(Self { given, body })
    }

    /// The name that the container is to have.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.given.name.as_deref()
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> &str {
        &self.given.image
    }

    /// The network whose name servers count, because the container names none.
    pub(super) fn network_without_dns(&self) -> Option<&str> {
        let network = self.given.network.as_deref().filter(|_| self.given.dns.is_empty())?;
        let own =
            matches!(network, "bridge" | "host" | "none" | "default") || network.starts_with("container:");
        (!own).then_some(network)
    }

    /// The request to the engine.
    pub(super) fn body(&self) -> Value {
        self.body.clone()
    }
}

impl Given {
    fn body(&self, defaults: &Defaults) -> Result<Value> {
        super::image(&self.image)?;
        if let Some(name) = &self.name {
            super::container(name).map_err(|error| Error::invalid("name", error.message().to_owned()))?;
        }
        check_environment(&self.env)?;
        let mut labels = self.labels.clone();
        labels.insert(label::MANAGED.to_owned(), "true".to_owned());
        let ports: Vec<(String, &Port)> =
            self.ports.iter().map(|(name, port)| Ok((port_name(name)?, port))).collect::<Result<_>>()?;
        let exposed: Map<String, Value> = ports.iter().map(|(name, _)| (name.clone(), json!({}))).collect();
        let env: Vec<String> = self.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Ok(without_nulls(json!({
            "Image": self.image,
            "Cmd": self.command.as_ref().map(Words::list),
            "Entrypoint": self.entrypoint.as_ref().map(Words::list),
            "Env": env,
            "WorkingDir": absolute("workingDir", self.working_dir.as_deref())?,
            "User": self.user,
            "Labels": labels,
            "Hostname": self.hostname,
            "Tty": self.tty,
            "OpenStdin": self.open_stdin,
            "StopSignal": self.stop_signal,
            "ExposedPorts": exposed,
            "HostConfig": self.host(defaults, &ports)?,
        })))
    }

    fn host(&self, defaults: &Defaults, ports: &[(String, &Port)]) -> Result<Value> {
        for server in &self.dns {
            if server.parse::<std::net::IpAddr>().is_err() {
                return Err(Error::invalid("dns", format!("dns takes IP addresses, not {server:?}")));
            }
        }
        let bindings: Map<String, Value> =
            ports.iter().map(|(name, port)| (name.clone(), json!([port.binding()]))).collect();
        let mounts = self.mounts.iter().map(Mount::body).collect::<Result<Vec<_>>>()?;
        let security = &self.security;
        let mut options = Vec::new();
        if security.no_new_privileges {
            options.push("no-new-privileges".to_owned());
        }
        if let Some(profile) = &security.seccomp {
            options.push(format!("seccomp={profile}"));
        }
        let limits = self.resource_limits.checked(defaults)?;
        Ok(json!({
            "NetworkMode": self.network,
            "PortBindings": bindings,
            "Mounts": mounts,
            "Dns": self.dns,
            "RestartPolicy": self.restart()?,
            "AutoRemove": self.auto_remove,
            "Init": self.init,
            "ReadonlyRootfs": security.read_only,
            "CapDrop": security.cap_drop,
            "CapAdd": security.cap_add,
            "Privileged": security.privileged,
            "SecurityOpt": options,
            "LogConfig": self.log_driver.as_ref().map(|driver| json!({ "Type": driver, "Config": {} })),
            "Memory": limits.memory,
            // Else the engine adds as much swap again.
            "MemorySwap": limits.memory,
            "NanoCpus": limits.nano_cpus,
            "CpuShares": limits.cpu_shares,
            "PidsLimit": limits.pids,
            "BlkioWeight": limits.blkio_weight,
            "StorageOpt": limits.disk.map(|size| json!({ "size": size.to_string() })),
        }))
    }

    fn restart(&self) -> Result<Option<Value>> {
        let (name, retries) = match &self.restart_policy {
            None => return Ok(None),
            Some(Restart::Name(name)) => (name, 0),
            Some(Restart::Policy { name, maximum_retry_count }) => (name, *maximum_retry_count),
        };
        let known = ["no", "always", "unless-stopped", "on-failure"];
        let wrong = |message: String| Err(Error::invalid("restartPolicy", message));
        if !known.contains(&name.as_str()) {
            return wrong(format!("restartPolicy is one of {}, not {name:?}", known.join(", ")));
        }
        if retries > 0 && name != "on-failure" {
            return wrong("restartPolicy: maximumRetryCount goes with on-failure".to_owned());
        }
        if self.auto_remove && name != "no" {
            return wrong(
                "a container that is removed when it ends (autoRemove) can't be restarted".to_owned(),
            );
        }
        Ok(Some(json!({ "Name": name, "MaximumRetryCount": retries })))
    }
}

impl Words {
    fn list(&self) -> Vec<String> {
        match self {
            Self::Line(line) => ["/bin/sh", "-c", line].map(str::to_owned).to_vec(),
            Self::Words(words) => words.clone(),
        }
    }
}

impl Port {
    fn binding(&self) -> Value {
        // On loopback unless said otherwise: a port that the whole network reaches is asked for.
        let (host, port) = match self {
            Self::Number(port) => ("127.0.0.1", port),
            Self::Place { host, port } => (host.as_str(), port),
        };
        let port = if *port == 0 { String::new() } else { port.to_string() };
        json!({ "HostIp": host, "HostPort": port })
    }
}

impl Mount {
    fn body(&self) -> Result<Value> {
        let wrong = |message: String| Err(Error::invalid("mounts", format!("mounts: {message}")));
        absolute("mounts", Some(&self.target))?;
        match (self.kind.as_str(), &self.source) {
            ("tmpfs", Some(_)) => return wrong("a tmpfs has no source".to_owned()),
            ("bind", Some(source)) if !source.starts_with('/') => {
                return wrong(format!("the source {source:?} of a bind must be absolute"));
            }
            ("bind" | "volume", None) => return wrong(format!("a {} needs a source", self.kind)),
            ("bind" | "volume" | "tmpfs", _) => {}
            (kind, _) => return wrong(format!("the type is 'bind', 'volume' or 'tmpfs', not {kind:?}")),
        }
        if self.size.is_some() && self.kind != "tmpfs" {
            return wrong("only a tmpfs has a size".to_owned());
        }
        let size = self.size.as_ref().map(|size| size.bytes("mounts")).transpose()?;
        Ok(without_nulls(json!({
            "Type": self.kind,
            "Source": self.source,
            "Target": self.target,
            "ReadOnly": self.read_only,
            "TmpfsOptions": size.map(|bytes| json!({ "SizeBytes": bytes })),
        })))
    }
}

fn absolute<'a>(option: &'static str, path: Option<&'a str>) -> Result<Option<&'a str>> {
    match path {
        Some(path) if !path.starts_with('/') || path.contains('\0') => {
            Err(Error::invalid(option, format!("{option}: {path:?} is no absolute path")))
        }
        path => Ok(path),
    }
}

fn check_environment(env: &BTreeMap<String, String>) -> Result<()> {
    let entries = env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    crate::config::environment::validate_environment(entries)
}

/// `8080`, `8080/tcp`, `53/udp`.
fn port_name(name: &str) -> Result<String> {
    let (number, protocol) = name.split_once('/').unwrap_or((name, "tcp"));
    let known =
        number.parse::<u16>().is_ok_and(|number| number > 0) && matches!(protocol, "tcp" | "udp" | "sctp");
    if known {
        Ok(format!("{number}/{protocol}"))
    } else {
        Err(Error::invalid("ports", format!("ports: {name:?} is no port such as '8080' or '53/udp'")))
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        value => value,
    }
}

#[cfg(test)]
mod tests;
