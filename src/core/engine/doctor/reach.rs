//! Problems with keeping sandboxes apart, and from the host.

use std::{collections::BTreeMap, io};

use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::{facts::Info, peer::shares_network, report::Problem};
use crate::{
    engine::{
        api::lenient,
        discovery::{
            address::Address,
            endpoint::Endpoint,
            probe::{BRIDGE_NF_IS_ALWAYS_FALSE, Hello},
        },
        sandbox_network::no_bridge_filter,
    },
    firewall,
};

/// The call that lists networks with what [`Network`] needs.
pub const fn list_of(podman: bool) -> &'static str {
    if podman { "/v4.0.0/libpod/networks/json" } else { "/networks" }
}

/// A network of the engine, as Docker or Podman describes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Network {
    #[serde(rename = "Id", alias = "id", deserialize_with = "lenient")]
    id: String,
    #[serde(rename = "Driver", alias = "driver", deserialize_with = "lenient")]
    driver: String,
    #[serde(rename = "Options", deserialize_with = "lenient")]
    options: Option<BTreeMap<String, String>>,
    #[serde(rename = "network_interface", deserialize_with = "lenient")]
    interface: Option<String>,
}

impl Network {
    /// The name of its interface on the engine's machine, if it has one.
    fn bridge(&self) -> Option<String> {
        let option = || self.options.as_ref()?.get("com.docker.network.bridge.name");
        let named = self.interface.as_ref().or_else(option);
        (self.driver == "bridge").then(|| named.cloned().unwrap_or_else(|| format!("br-{:.12}", self.id)))
    }
}

/// The engine that the problems are looked for in.
pub struct Subject<'a> {
    /// Where it is.
    pub endpoint: &'a Endpoint,
    /// What it says of itself.
    pub info: &'a Info,
    /// What it said to a ping.
    pub hello: &'a Hello,
}

/// The problems. A sandbox without a network has none of them.
pub async fn problems(subject: Subject<'_>, networks: Vec<Network>) -> Vec<Problem> {
    let Subject { endpoint, info, hello } = subject;
    let bridges: Vec<_> = networks.iter().filter_map(Network::bridge).collect();
    let socket = match &endpoint.address {
        Address::Socket(path) => Some(path.clone()),
        _ => None,
    };
    let (rootless, podman) = (info.security("rootless").is_some(), hello.podman);
    let looked = spawn_blocking(move || {
        // Not all: networks come and go meanwhile. Podman's have interfaces only while containers run.
        let is_here = !rootless
            && socket.as_deref().is_some_and(|socket| {
                bridges.iter().any(|bridge| firewall::is_here(bridge)) || podman && shares_network(socket)
            });
        let filtering = if is_here {
            firewall::rehearse().map_err(|error| reason(&error))
        } else {
            Err(ELSEWHERE.to_owned())
        };
        // A kernel has the module for all or none.
        let lacks_module = socket.is_some() && !firewall::has_bridge_filter();
        (filtering, is_here && firewall::bridge_filter_is_off(), lacks_module)
    });
    let Ok((filtering, is_off, lacks_module)) = looked.await else { return Vec::new() };
    let mut problems = Vec::new();
    if let Err(reason) = filtering {
        problems.push(Problem::warning(
            format!("sandboxes with a network can reach the metadata addresses of clouds and services of the engine's host: {reason}"),
            "run this process as root on the engine's machine, block them with a firewall of your own, or use network: 'none'",
        ));
    }
    let said = info.bridge_nf_iptables.filter(|_| hello.api < BRIDGE_NF_IS_ALWAYS_FALSE);
    if podman {
        // There each has a network of its own.
    } else if rootless && said.map_or(lacks_module, |is_on| !is_on) {
        problems.push(Problem::fatal(&no_bridge_filter(
            "sandboxes with a network can't be created: the kernel module br_netfilter is not loaded, and a rootless engine can't load it",
        )));
    } else if said.map_or(is_off, |is_on| !is_on) {
        problems.push(Problem::warning(
            "sandboxes with a network can reach each other: net.bridge.bridge-nf-call-iptables is 0",
            "load the kernel module br_netfilter and set it to 1 with sysctl",
        ));
    }
    problems
}

const ELSEWHERE: &str =
    "the engine's networks are not on this machine, or not in this process's network namespace";

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "this process may not change the packet filter".to_owned(),
        _ => format!("the kernel's packet filter (nf_tables) refused the rules: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(json: &str) -> Network {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn only_bridges_have_an_interface() {
        let named = r#"{"Id":"0123456789abcdef","Driver":"bridge","Options":{"com.docker.network.bridge.name":"docker0"}}"#;
        assert_eq!(network(named).bridge().as_deref(), Some("docker0"));
        let unnamed = r#"{"Id":"0123456789abcdef","Driver":"bridge","Options":null}"#;
        assert_eq!(network(unnamed).bridge().as_deref(), Some("br-0123456789ab"));
        assert_eq!(network(r#"{"Id":"0","Driver":"host","Options":{}}"#).bridge(), None);
        let podmans = r#"{"name":"podman","id":"2f25","driver":"bridge","network_interface":"podman0","dns_enabled":false}"#;
        assert_eq!(network(podmans).bridge().as_deref(), Some("podman0"));
    }
}
