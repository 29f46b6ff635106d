//! The network that sandboxes share, in which they don't see each other.

use std::collections::HashMap;

use bollard::{
    models::{EndpointSettings, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest},
    query_parameters::{InspectNetworkOptions, ListNetworksOptions},
};

use super::{Engine, is_missing};
use crate::{
    error::{Code, Error, Result},
    label,
};

/// Its name. Networks of other makers begin otherwise.
pub const NAME: &str = "cofferdam";

/// The bridge driver's switch for traffic between containers of one network.
const NEIGHBOURS: &str = "com.docker.network.bridge.enable_icc";

impl Engine {
    /// The id of the shared network, which is made when it is missing: a bridge of our own with traffic
    /// between its containers switched off. On the engine's default bridge one sandbox could talk to another.
    ///
    /// # Errors
    /// `CONFLICT` when another network has its name; those of any call.
    pub async fn sandbox_network(&self) -> Result<String> {
        match self.find_network().await? {
            Some(id) => Ok(id),
            None => self.create_network().await,
        }
    }

    /// Moves a stopped container from a network that is gone to the shared one.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn rejoin_network(&self, container: &str) -> Result<()> {
        let network = self.sandbox_network().await?;
        let leave = NetworkDisconnectRequest { container: container.to_owned(), force: Some(true) };
        // The old one is gone from the engine, but not from the container's settings.
        let left = self.docker().disconnect_network(NAME, leave);
        match self.call("take a container off a network", left).await {
            Ok(()) => {}
            Err(error) if matches!(error.code(), Code::NotFound | Code::EngineError) => {}
            Err(error) => return Err(error),
        }
        let join = NetworkConnectRequest {
            container: container.to_owned(),
            endpoint_config: Some(EndpointSettings::default()),
        };
        self.call("put a container on a network", self.docker().connect_network(&network, join)).await
    }

    async fn find_network(&self) -> Result<Option<String>> {
        let found = self.docker().inspect_network(NAME, None::<InspectNetworkOptions>);
        let network = match self.call("inspect the sandboxes' network", found).await {
            Ok(network) => network,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let closed =
            network.options.unwrap_or_default().get(NEIGHBOURS).is_some_and(|value| value == "false");
        if !closed || !network.labels.unwrap_or_default().contains_key(label::NETWORK) {
            return Err(Error::new(Code::Conflict, format!("the network {NAME} was not made by cofferdam"))
                .hint(format!("remove it: docker network rm {NAME}")));
        }
        Ok(network.id)
    }

    async fn create_network(&self) -> Result<String> {
        let request = NetworkCreateRequest {
            name: NAME.to_owned(),
            driver: Some("bridge".to_owned()),
            options: Some(HashMap::from([(NEIGHBOURS.to_owned(), "false".to_owned())])),
            labels: Some(HashMap::from([(label::NETWORK.to_owned(), "sandboxes".to_owned())])),
            ..Default::default()
        };
        match self.call("create the sandboxes' network", self.docker().create_network(request)).await {
            Ok(created) => self.keep_one(created.id).await,
            // Newer engines refuse a second one of the same name.
            Err(error) if error.code() == Code::Conflict => self.find_network().await?.ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// Older engines allow two networks of one name. Of those that two processes made at the same moment, the
    /// one with the lowest id stays.
    async fn keep_one(&self, created: String) -> Result<String> {
        let filters = HashMap::from([("name".to_owned(), vec![format!("^{NAME}$")])]);
        let listed = self.docker().list_networks(Some(ListNetworksOptions { filters: Some(filters) }));
        let networks = self.call("list networks", listed).await?;
        let kept =
            networks.into_iter().filter_map(|network| network.id).min().unwrap_or_else(|| created.clone());
        if kept != created {
            self.call("remove a network", self.docker().remove_network(&created)).await?;
        }
        Ok(kept)
    }
}
