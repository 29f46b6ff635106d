use std::{future::Future, time::Duration};

use bollard::{Docker, errors::Error as Failure};
use tokio::time::timeout;

use crate::engine::{
    discovery::{
        address::Address,
        endpoint::Endpoint,
        search::{Found, find},
        source::Source,
    },
    failure::{reason::placed, timed_out, translate},
    options::EngineOptions,
    transport::wire::Wire,
};
use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// One Docker engine.
#[derive(Debug)]
pub struct Engine {
    docker: Docker,
    wire: Wire,
    endpoint: Endpoint,
    timeout: Duration,
}

/// What starting, stopping and uploading may take on a busy engine.
pub(in crate::engine) const LONG: Duration = Duration::from_mins(2);

impl Engine {
    /// Finds the engine and makes sure that it answers, and that it is one that can run sandboxes.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE`, `ENGINE_PERMISSION_DENIED` or `TIMEOUT`, with `details.tried`; `ENGINE_ERROR` for one
    /// that answers with an error; `ENGINE_UNSUPPORTED` for one that is too old or runs no Linux containers;
    /// `INVALID_ARGUMENT` for an address, a context or certificates that can't be used.
    pub async fn connect(options: &EngineOptions) -> Result<Self> {
        let Found { endpoint, wire, hello } = find(options).await?;
        hello.supported().map_err(|error| placed(error, &endpoint))?;
        Ok(Self { docker: wire.docker()?, wire, endpoint, timeout: options.timeout })
    }

    /// Where the engine listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.endpoint.address
    }

    /// Who said that it is there.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.endpoint.source
    }

    /// The client, for what a stream is made of.
    pub(crate) fn docker(&self) -> &Docker {
        &self.docker
    }

    /// The way to it.
    pub(in crate::engine) fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Where it is, for messages.
    pub(in crate::engine) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A failure of a stream that this engine gave.
    pub(crate) fn translate(&self, what: &'static str, failure: Failure) -> Error {
        translate(what, failure, &self.endpoint)
    }

    /// How long a call may take that is not long by its nature.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// One call, with the usual deadline.
    pub(crate) async fn call<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = std::result::Result<T, Failure>>,
    ) -> Result<T> {
        self.within(self.timeout, what, call).await
    }

    /// One call that takes long by its nature.
    pub(crate) async fn long_call<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = std::result::Result<T, Failure>>,
    ) -> Result<T> {
        self.within(self.timeout.max(LONG), what, call).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        what: &'static str,
        call: impl Future<Output = std::result::Result<T, Failure>>,
    ) -> Result<T> {
        match timeout(limit, call).await {
            Ok(outcome) => outcome.map_err(|failure| translate(what, failure, &self.endpoint)),
            Err(_) => Err(timed_out(what, &self.endpoint)),
        }
    }
}

/// Whether the error says that there is no such thing.
pub(crate) fn is_missing(error: &Error) -> bool {
    error.code() == Code::NotFound
}
