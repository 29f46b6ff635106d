//! The networks that sandboxes share on Docker, and on which they can't reach each other: one for those that may reach the host, and
//! one for those that may not. On Podman each has its own.

use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{Engine, Features, api::network, is_missing};
use crate::{
    error::{Code, Error, Result},
    firewall::{self, HostAccess},
    hex::random_hex,
    label,
};

/// The value of the network's label.
pub(super) const fn label_value(host: HostAccess) -> &'static str {
    match host {
        HostAccess::Deny => "sandboxes",
        HostAccess::Allow => "sandboxes-and-host",
    }
}

/// The bridge driver's switch for traffic between containers of one network.
const INTER_CONTAINER: &str = "com.docker.network.bridge.enable_icc";

/// The bridge driver's name for the interface on the engine's machine.
const BRIDGE: &str = "com.docker.network.bridge.name";

/// A network of ours.
pub(super) struct Ours {
    pub id: String,
    pub name: String,
    /// Its interface on the engine's machine.
    pub bridge: String,
}

impl Ours {
    /// What it may reach; `None` if its interface's name does not say so, and no rules apply to it.
    pub fn access(&self) -> Option<HostAccess> {
        firewall::access_of(&self.bridge)
    }
}

impl Engine {
    /// The name of the shared network, which is created if it does not exist: a bridge of our own on which traffic
    /// between containers is off. On the engine's default bridge, sandboxes could reach each other.
    ///
    /// It is found by its label. Its name is random, because older engines allow two networks with one name, two
    /// processes may create theirs at once, and a container on such a name does not start again.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn sandbox_network(&self, host: HostAccess) -> Result<String> {
        match oldest(find(self, host).await?) {
            Some(found) => Ok(found.name),
            None => create_one(self, host).await,
        }
    }

    /// Makes the packet filter's rules for all networks of ours hold, if this process may: somebody may have deleted them. Asks
    /// the kernel only.
    ///
    /// # Errors
    /// `INTERNAL`.
    pub async fn guard_networks(&self) -> Result<()> {
        // Where the process may not, `info` and `doctor` say that the rules do not hold.
        blocking(|| drop(firewall::enforce())).await
    }

    /// Whether the packet filter's rules hold for a container with these networks. They do not if this process can't tell.
    /// `features` are this engine's.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn is_guarded(
        &self,
        container: &[String],
        host: HostAccess,
        features: Features,
    ) -> Result<bool> {
        let mut networks =
            if features.podman { self.own_networks(host).await? } else { find(self, host).await? };
        networks.retain(|network| {
            container.iter().any(|joined| *joined == network.name || *joined == network.id)
        });
        if container.is_empty() || networks.len() < container.len() {
            return Ok(false);
        }
        let bridges: Vec<_> = networks.into_iter().map(|network| network.bridge).collect();
        blocking(move || firewall::hold(&bridges).unwrap_or(false)).await
    }

    /// Moves a stopped container from networks that no longer exist to the shared one.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn rejoin_network(&self, container: &str, host: HostAccess) -> Result<()> {
        let shared = self.sandbox_network(host).await?;
        let joined = self.find_container(container).await?.map(|found| found.networks).unwrap_or_default();
        let lost = joined.iter().find(|name| name.starts_with("cofferdam-")).cloned();
        for name in joined {
            // A removed network is still in the container's settings, which some engines answer with an error.
            let left = network::disconnect(self, &name, container);
            match self.promptly("disconnect a container", left).await {
                Err(error) if error.code() != Code::EngineError => return Err(error),
                _ => {}
            }
        }
        let connect = async |network: &str| {
            let endpoint = json!({});
            self.promptly("connect a container", network::connect(self, network, container, &endpoint)).await
        };
        match (connect(&shared).await, lost.as_deref()) {
            // Newer engines look up the network that the container was created with, so it is made again.
            (Err(error), Some(name)) if is_missing(&error) => {
                create(self, host, name, &random()?).await?;
                connect(name).await.map(drop)
            }
            (joined, _) => joined.map(drop),
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.map_err(|error| Error::new(Code::Internal, error.to_string()))
}

/// Random digits for names.
pub(super) fn random() -> Result<String> {
    random_hex::<6>().map_err(|error| Error::new(Code::Internal, error.to_string()))
}

/// Creates a network, unless another process was faster; the name of the one that stays.
async fn create_one(engine: &Engine, host: HostAccess) -> Result<String> {
    let random = random()?;
    let name = format!("cofferdam-{random}");
    create(engine, host, &name, &random).await?;
    let kept = oldest(find(engine, host).await?).map_or_else(|| name.clone(), |kept| kept.name);
    if name != kept {
        // It may be in use or removed already. Both are fine: it isolates sandboxes as the other one does.
        let _ = engine.promptly("remove a network", network::remove(engine, &name)).await;
    }
    Ok(kept)
}

fn oldest(networks: Vec<Ours>) -> Option<Ours> {
    networks.into_iter().next()
}

/// Creates a network; `random` is for the name of its interface.
async fn create(engine: &Engine, host: HostAccess, name: &str, random: &str) -> Result<String> {
    let body = json!({
        "Name": name,
        "Driver": "bridge",
        "EnableIPv6": false,
        "Options": { INTER_CONTAINER: "false", BRIDGE: firewall::bridge_name(host, random) },
        "Labels": { label::NETWORK: label_value(host) },
    });
    match engine.promptly("create a network", network::create(engine, &body)).await {
        // Docker's words, of every version.
        Err(error) if error.message().contains("cannot restrict inter-container communication") => {
            let refusal = no_bridge_filter(
                "the engine can't make a network for sandboxes: the kernel module br_netfilter of its machine is not loaded",
            );
            Err(refusal.detail("message", error.message().to_owned()))
        }
        outcome => outcome,
    }
}

/// The error for an engine on whose networks containers can't be kept apart, because its kernel passes no packets between them
/// through the packet filter.
pub(super) fn no_bridge_filter(message: &'static str) -> Error {
    Error::new(Code::EngineUnsupported, message).hint(
        "as root on the engine's machine, run modprobe br_netfilter and write br_netfilter to a file in /etc/modules-load.d; or use \
         network: 'none'",
    )
}

/// The networks of ours with traffic between containers off, the oldest first. Earlier versions made some without a name for
/// the interface, to which no rules apply.
async fn find(engine: &Engine, host: HostAccess) -> Result<Vec<Ours>> {
    let label = format!("{}={}", label::NETWORK, label_value(host));
    let mut networks = engine.promptly("list networks", network::list(engine, Some(&label))).await?;
    networks.sort_by_key(|network| (network["Created"].to_string(), network["Id"].to_string()));
    Ok(networks.iter().filter_map(ours).filter(|network| network.access() == Some(host)).collect())
}

fn ours(network: &Value) -> Option<Ours> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let bridge = text(&network["Options"][BRIDGE])?;
    let isolates = network["Options"][INTER_CONTAINER] == "false" && network["EnableIPv6"] != true;
    isolates.then_some(Ours { id: text(&network["Id"])?, name: text(&network["Name"])?, bridge })
}
