use std::{future::Future, sync::Arc, time::Duration};

use bollard::Docker;
use tokio::time::timeout;

use crate::engine::{
    discovery::{
        address::Address,
        endpoint::Endpoint,
        probe::ApiVersion,
        search::{Found, find},
        source::Source,
    },
    failure::{reason::placed, timed_out},
    options::EngineOptions,
    transport::wire::Wire,
};
use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// The connection to one Docker engine.
#[derive(Debug)]
pub struct Engine {
    docker: Docker,
    wire: Wire,
    endpoint: Arc<Endpoint>,
    api: ApiVersion,
    timeout: Duration,
}

/// The deadline for calls such as starting, stopping and uploading, which take long on a busy engine.
const LONG: Duration = Duration::from_mins(2);

impl Engine {
    /// Finds the engine, pings it, and checks that it can run sandboxes.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE`, `ENGINE_PERMISSION_DENIED` or `TIMEOUT`, with `details.tried`; `ENGINE_ERROR` if the
    /// engine answers with an error; `ENGINE_UNSUPPORTED` if it is too old or does not run Linux containers;
    /// `INVALID_ARGUMENT` for an unusable address, context or certificate.
    pub async fn connect(options: &EngineOptions) -> Result<Self> {
        let Found { endpoint, wire, hello } = find(options).await?;
        hello.supported().map_err(|error| placed(error, &endpoint))?;
        let (docker, endpoint) = (wire.docker()?, Arc::new(endpoint));
        Ok(Self { docker, wire, endpoint, api: hello.api, timeout: options.timeout })
    }

    /// Where the engine listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.endpoint.address
    }

    /// Where the address comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.endpoint.source
    }

    /// The newest version of the API that it supports, and that answers requests.
    pub(in crate::engine) fn api(&self) -> ApiVersion {
        self.api
    }

    /// The bollard client, for connections that the engine upgrades.
    pub(in crate::engine) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// The transport for HTTP requests.
    pub(in crate::engine) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// The engine's address and its source, for error messages.
    pub(in crate::engine) fn endpoint(&self) -> &Arc<Endpoint> {
        &self.endpoint
    }

    /// The deadline of an ordinary call.
    pub(in crate::engine) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The deadline of a call that may take long.
    pub(in crate::engine) fn long_timeout(&self) -> Duration {
        self.timeout.max(LONG)
    }

    /// Gives a whole call, body included, the ordinary deadline.
    pub(in crate::engine) async fn promptly<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.within(self.timeout, what, call).await
    }

    /// Gives a whole call a deadline; `what` is as in a request.
    pub(in crate::engine) async fn within<T>(
        &self,
        limit: Duration,
        what: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        timeout(limit, call).await.unwrap_or_else(|_| Err(timed_out(what, &self.endpoint)))
    }
}

/// Whether the error means that something does not exist.
pub(crate) fn is_missing(error: &Error) -> bool {
    error.code() == Code::NotFound
}

/// Whether the error means that a name is taken.
pub(crate) fn is_taken(error: &Error) -> bool {
    error.code() == Code::Conflict
}

/// How engines and runtimes say that they can't mount a path: Podman, crun and runc; Docker Desktop; a rootless engine for what
/// lies in another user's private directory.
const UNMOUNTABLE: [&str; 5] =
    ["no such file or directory", "does not exist", "not a directory", "mounts denied", "permission denied"];

/// Whether a container could not be created or started because the engine's machine does not have this source of a bind
/// mount, or can't use it.
pub(crate) fn is_missing_source(error: &Error, source: &str) -> bool {
    let message = error.message();
    message.contains("bind source path does not exist")
        || error.code() == Code::EngineError
            && message.contains(source)
            && UNMOUNTABLE.iter().any(|words| message.to_lowercase().contains(words))
}
