//! The network that sandboxes share, in which they don't see each other.

use std::collections::HashMap;

use bollard::{
    models::{
        EndpointSettings, Network, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest,
    },
    query_parameters::ListNetworksOptions,
};

use crate::engine::Engine;
use crate::{
    error::{Code, Error, Result},
    hex::random_hex,
    label,
};

/// The value of its label.
const SANDBOXES: &str = "sandboxes";

/// The bridge driver's switch for traffic between containers of one network.
const NEIGHBOURS: &str = "com.docker.network.bridge.enable_icc";

impl Engine {
    /// The id of the shared network, which is made when it is missing: a bridge of our own with traffic
    /// between its containers switched off. On the engine's default bridge one sandbox could talk to another.
    ///
    /// It is found by its label: its name is random, because older engines allow two networks of one name, two
    /// processes may make theirs at the same moment, and a container on such a name does not start again.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn sandbox_network(&self) -> Result<String> {
        if let Some(id) = self.find_network().await? {
            return Ok(id);
        }
        let request = NetworkCreateRequest {
            name: format!("cofferdam-{}", random_hex().map_err(internal)?),
            driver: Some("bridge".to_owned()),
            options: Some(HashMap::from([(NEIGHBOURS.to_owned(), "false".to_owned())])),
            labels: Some(HashMap::from([(label::NETWORK.to_owned(), SANDBOXES.to_owned())])),
            ..Default::default()
        };
        let made =
            self.call("create the sandboxes' network", self.docker().create_network(request)).await?.id;
        let kept = self.find_network().await?.unwrap_or_else(|| made.clone());
        if made != kept {
            // In use already, or gone: either is fine, for it is closed to neighbours like the other.
            let _ = self.call("remove a network", self.docker().remove_network(&made)).await;
        }
        Ok(kept)
    }

    /// Moves a stopped container from networks that are gone to the shared one.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn rejoin_network(&self, container: &str) -> Result<()> {
        let network = self.sandbox_network().await?;
        let joined = self.find_container(container).await?.map(|found| found.networks).unwrap_or_default();
        for name in joined {
            let leave = NetworkDisconnectRequest { container: container.to_owned(), force: Some(true) };
            // Gone from the engine, but not from the container's settings.
            match self
                .call("take a container off a network", self.docker().disconnect_network(&name, leave))
                .await
            {
                Err(error) if !matches!(error.code(), Code::NotFound | Code::EngineError) => {
                    return Err(error);
                }
                _ => {}
            }
        }
        let join = NetworkConnectRequest {
            container: container.to_owned(),
            endpoint_config: Some(EndpointSettings::default()),
        };
        self.call("put a container on a network", self.docker().connect_network(&network, join)).await
    }

    /// The oldest network that is ours and closed to neighbours.
    async fn find_network(&self) -> Result<Option<String>> {
        let filters = HashMap::from([("label".to_owned(), vec![format!("{}={SANDBOXES}", label::NETWORK)])]);
        let listed = self.docker().list_networks(Some(ListNetworksOptions { filters: Some(filters) }));
        let networks = self.call("list networks", listed).await?;
        let closed = |network: &Network| {
            network
                .options
                .as_ref()
                .and_then(|options| options.get(NEIGHBOURS))
                .is_some_and(|value| value == "false")
        };
        let ours =
            networks.into_iter().filter(closed).min_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
        Ok(ours.and_then(|network| network.id))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: std::io::Error) -> Error {
    Error::new(Code::Internal, error.to_string())
}
