//! Problems with keeping sandboxes apart, and from the host.

use std::{collections::BTreeMap, io};

use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::{facts::Info, report::Problem};
use crate::{
    engine::{
        api::lenient,
        discovery::{address::Address, endpoint::Endpoint},
    },
    firewall,
};

/// A network of the engine.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Network {
    #[serde(rename = "Id", deserialize_with = "lenient")]
    id: String,
    #[serde(deserialize_with = "lenient")]
    driver: String,
    #[serde(deserialize_with = "lenient")]
    options: Option<BTreeMap<String, String>>,
}

impl Network {
    /// The name of its interface on the engine's machine, if it has one.
    fn bridge(&self) -> Option<String> {
        let named = || self.options.as_ref()?.get("com.docker.network.bridge.name").cloned();
        (self.driver == "bridge").then(|| named().unwrap_or_else(|| format!("br-{:.12}", self.id)))
    }
}

/// The problems. A sandbox without a network has none of them.
pub async fn problems(endpoint: &Endpoint, info: &Info, networks: Vec<Network>) -> Vec<Problem> {
    let bridges: Vec<_> = networks.iter().filter_map(Network::bridge).collect();
    let on_this_machine =
        matches!(endpoint.address, Address::Socket(_)) && info.security("rootless").is_none();
    let looked = spawn_blocking(move || {
        // Not all: networks come and go meanwhile.
        let is_here = on_this_machine && bridges.iter().any(|bridge| firewall::is_here(bridge));
        let filtering = if is_here {
            firewall::rehearse().map_err(|error| reason(&error))
        } else {
            Err(ELSEWHERE.to_owned())
        };
        (filtering, is_here && firewall::bridge_filter_is_off())
    });
    let Ok((filtering, is_off)) = looked.await else { return Vec::new() };
    let mut problems = Vec::new();
    if let Err(reason) = filtering {
        problems.push(Problem::warning(
            format!("sandboxes with a network can reach the metadata addresses of clouds and services of the engine's host: {reason}"),
            "run this process as root on the engine's machine, block them with a firewall of your own, or use network: 'none'",
        ));
    }
    if info.bridge_nf_iptables.map_or(is_off, |is_on| !is_on) {
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
    }
}
