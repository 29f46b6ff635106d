use serde::Deserialize;
use serde_json::Value;

use super::{Defaults, body::body, given::Given, nulls::no_nulls};
use crate::error::{Error, Result};

/// The checked configuration of a new container.
#[derive(Debug, Clone)]
pub struct ContainerConfig {
    given: Given,
    body: Value,
}

impl ContainerConfig {
    /// Parses and checks a configuration. The defaults apply to limits that it does not set.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the field and what it allows.
    pub fn parse(json: &str, defaults: &Defaults) -> Result<Self> {
        let wrong = |error: serde_json::Error| Error::invalid("config", format!("config: {error}"));
        let value: Value = serde_json::from_str(json).map_err(wrong)?;
        no_nulls("config", &value)?;
        // From a value: an error has no line and column of a text that the caller never saw.
        let given = Given::deserialize(value).map_err(wrong)?;
        let body = body(&given, defaults)?;
        Ok(Self { given, body })
    }

    /// The container's name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.given.name.as_deref()
    }

    /// Whether the configuration names name servers; if not, those of its network apply.
    pub(in crate::docker) fn has_dns(&self) -> bool {
        !self.given.dns.is_empty()
    }

    /// The network that it joins, by name or id, unless it is one of the engine's own.
    pub(in crate::docker) fn network(&self) -> Option<&str> {
        let network = self.given.network.as_deref()?;
        let built_in =
            matches!(network, "bridge" | "host" | "none" | "default") || network.starts_with("container:");
        (!built_in).then_some(network)
    }

    /// The platform of its image, if it is to be a particular one.
    pub(in crate::docker) fn platform(&self) -> Option<&str> {
        self.given.platform.as_deref()
    }

    /// The body of the request to the engine.
    pub(in crate::docker) fn body(&self) -> Value {
        self.body.clone()
    }
}
