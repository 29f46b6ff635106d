//! The network that all sandboxes share, and on which they can't reach each other.

use serde_json::{Value, json};

use super::{Engine, api::network};
use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
    label,
};

/// The value of the network's label.
const SANDBOXES: &str = "sandboxes";

/// The bridge driver's switch for traffic between containers of one network.
const INTER_CONTAINER: &str = "com.docker.network.bridge.enable_icc";

impl Engine {
    /// The id of the shared network, which is created if it does not exist: a bridge of our own on which traffic
    /// between containers is off. On the engine's default bridge, sandboxes could reach each other.
    ///
    /// It is found by its label. Its name is random, because older engines allow two networks with one name, two
    /// processes may create theirs at once, and a container on such a name does not start again.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn sandbox_network(&self) -> Result<String> {
        if let Some(id) = find(self).await? {
            return Ok(id);
        }
        let random = random_hex::<6>().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let body = json!({
            "Name": format!("cofferdam-{random}"),
            "Driver": "bridge",
            "Options": { INTER_CONTAINER: "false" },
            "Labels": { label::NETWORK: SANDBOXES },
        });
        let created = self.promptly("create a network", network::create(self, &body)).await?;
        let kept = find(self).await?.unwrap_or_else(|| created.clone());
        if created != kept {
            // It may be in use or removed already. Both are fine: it isolates sandboxes as the other one does.
            let _ = self.promptly("remove a network", network::remove(self, &created)).await;
        }
        Ok(kept)
    }

    /// Moves a stopped container from networks that no longer exist to the shared one.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn rejoin_network(&self, container: &str) -> Result<()> {
        let shared = self.sandbox_network().await?;
        let joined = self.find_container(container).await?.map(|found| found.networks).unwrap_or_default();
        for name in joined {
            // A removed network is still in the container's settings, which some engines answer with an error.
            let left = network::disconnect(self, &name, container);
            match self.promptly("disconnect a container", left).await {
                Err(error) if error.code() != Code::EngineError => return Err(error),
                _ => {}
            }
        }
        let endpoint = json!({});
        let joined = network::connect(self, &shared, container, &endpoint);
        self.promptly("connect a container", joined).await.map(drop)
    }
}

/// The oldest of our networks that has traffic between containers disabled.
async fn find(engine: &Engine) -> Result<Option<String>> {
    let label = format!("{}={SANDBOXES}", label::NETWORK);
    let networks = engine.promptly("list networks", network::list(engine, Some(&label))).await?;
    let age = |network: &&Value| (network["Created"].to_string(), network["Id"].to_string());
    let isolating = networks.iter().filter(|network| network["Options"][INTER_CONTAINER] == "false");
    Ok(isolating.min_by_key(age).and_then(|network| network["Id"].as_str()).map(str::to_owned))
}
