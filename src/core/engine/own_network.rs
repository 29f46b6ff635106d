//! The networks of sandboxes on Podman: each sandbox has its own. Podman can keep networks apart, but not the containers of one.

use serde_json::{Value, json};

use super::{
    Engine,
    api::{network, podman_network},
    is_taken,
    sandbox_network::{Ours, label_value, random},
};
use crate::{
    config::id::SandboxId,
    error::{Code, Error, Result},
    firewall::{self, HostAccess},
    label,
};

/// How networks are kept apart, the best way first: from all others, or, by Podman before 4.6, from those that are kept apart too.
const ISOLATION: [&str; 2] = ["strict", "true"];

/// The owner of a network.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The namespace of the data directory.
    pub namespace: &'a str,
    /// The sandbox.
    pub sandbox: &'a SandboxId,
}

impl Engine {
    /// Makes sure that there is a network with this name for one sandbox: a bridge that is kept apart from other networks, without
    /// IPv6 and without Podman's name server, at which containers find each other.
    ///
    /// # Errors
    /// `CONFLICT` if a container that is not this sandbox's is on it; those of any call.
    pub async fn own_network(&self, name: &str, host: HostAccess, owner: Owner<'_>) -> Result<()> {
        match create(self, name, host, owner).await {
            // One is left of a container that could not be created, or that had other options.
            Err(error) if is_taken(&error) => {
                if self.own_networks(host).await?.iter().any(|network| network.name == name) {
                    return Ok(());
                }
                self.promptly("remove a network", network::remove(self, name)).await?;
                create(self, name, host, owner).await
            }
            outcome => outcome,
        }
    }

    /// The networks of all sandboxes on a Podman with this access to the host.
    pub(super) async fn own_networks(&self, host: HostAccess) -> Result<Vec<Ours>> {
        let label = format!("{}={}", label::NETWORK, label_value(host));
        let networks = self.promptly("list networks", podman_network::list(self, &label)).await?;
        Ok(networks.iter().filter_map(ours).filter(|network| network.access() == Some(host)).collect())
    }

    /// The networks of a data directory's sandboxes on a Podman: their names, and whose they are.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn networks_of_sandboxes(&self, namespace: &str) -> Result<Vec<(String, SandboxId)>> {
        let label = format!("{}={namespace}", label::NAMESPACE);
        let networks = self.promptly("list networks", podman_network::list(self, &label)).await?;
        let owned = |network: &Value| {
            let sandbox = network["labels"][label::SANDBOX].as_str()?.to_owned();
            Some((network["name"].as_str()?.to_owned(), SandboxId::try_from(sandbox).ok()?))
        };
        Ok(networks.iter().filter_map(owned).collect())
    }
}

async fn create(engine: &Engine, name: &str, host: HostAccess, owner: Owner<'_>) -> Result<()> {
    let mut body = json!({
        "name": name,
        "driver": "bridge",
        "network_interface": firewall::bridge_name(host, &random()?),
        "dns_enabled": false,
        "ipv6_enabled": false,
        "labels": {
            label::NETWORK: label_value(host),
            label::NAMESPACE: owner.namespace,
            label::SANDBOX: owner.sandbox.as_str(),
        },
    });
    let mut last = Error::new(Code::Internal, "no way to keep a network apart was tried");
    for isolation in ISOLATION {
        body["options"] = json!({ "isolate": isolation });
        match engine.promptly("create a network", podman_network::create(engine, &body)).await {
            // It quotes a value that it does not know.
            Err(error) if error.message().contains(&format!("{isolation:?}")) => last = error,
            outcome => return outcome,
        }
    }
    Err(last)
}

/// A network of ours, by its label and its interface's name. Whether it is kept apart can't be seen: Podman forgets to tell as soon as
/// anybody has listed networks by Docker's API.
fn ours(network: &Value) -> Option<Ours> {
    let text = |name: &str| network[name].as_str().map(str::to_owned);
    let isolates = network["ipv6_enabled"] != true && network["dns_enabled"] != true;
    isolates.then_some(Ours { id: text("id")?, name: text("name")?, bridge: text("network_interface")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Podman 4.3.1 answers.
    fn recorded() -> Value {
        json!({
            "name": "n", "id": "a31c", "driver": "bridge", "network_interface": "coffer-d0123456",
            "subnets": [{ "subnet": "10.89.1.0/24", "gateway": "10.89.1.1" }], "ipv6_enabled": false, "internal": false,
            "dns_enabled": false, "labels": { "a": "b" }, "options": { "isolate": "true" },
        })
    }

    #[test]
    fn only_a_network_as_we_make_it_is_used() {
        let found = ours(&recorded()).unwrap();
        assert_eq!((found.name.as_str(), found.access()), ("n", Some(HostAccess::Deny)));
        for (field, value) in
            [("ipv6_enabled", json!(true)), ("dns_enabled", json!(true)), ("network_interface", Value::Null)]
        {
            let mut other = recorded();
            other[field] = value.clone();
            assert!(ours(&other).is_none(), "{field}: {value}");
        }
    }
}
