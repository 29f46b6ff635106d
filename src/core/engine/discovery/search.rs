//! The search for an engine that answers.

use std::time::Duration;

use futures_util::{
    Stream, StreamExt,
    stream::{self, FuturesOrdered},
};
use serde_json::{Value, json};
use tokio::{task::spawn_blocking, time::timeout};

use crate::engine::{
    EngineOptions,
    discovery::endpoint::{Endpoint, endpoints},
    discovery::probe::{Hello, ping},
    discovery::source::Source,
    transport::wire::Wire,
};
use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// An engine that answered.
pub struct Found {
    pub endpoint: Endpoint,
    pub wire: Wire,
    pub hello: Hello,
}

/// How long to wait for one place before trying the next as well. The first place still takes precedence, because a
/// busy engine must not be mistaken for a missing one.
const PATIENCE: Duration = Duration::from_secs(1);

/// One place, and the outcome of trying it.
pub struct Attempt {
    pub address: String,
    pub source: String,
    pub outcome: Result<Found>,
}

/// Finds the engine: the configured one, or the first that answers at the usual places.
///
/// # Errors
/// `ENGINE_UNREACHABLE`, `ENGINE_PERMISSION_DENIED`, `TIMEOUT` or `ENGINE_ERROR` if none answers, with what was tried in
/// `details.tried`; `INVALID_ARGUMENT` and `ENGINE_UNSUPPORTED` for an unusable configuration.
pub async fn find(options: &EngineOptions) -> Result<Found> {
    first(named(options).await?, options.timeout).await
}

async fn first(endpoints: Vec<Endpoint>, limit: Duration) -> Result<Found> {
    let mut rest = endpoints.into_iter();
    let mut begun = FuturesOrdered::new();
    let mut failures = Vec::new();
    loop {
        if begun.is_empty() {
            let Some(endpoint) = rest.next() else { return Err(none_answers(failures)) };
            begun.push_back(attempt(endpoint, limit));
        }
        match timeout(PATIENCE, begun.next()).await {
            Ok(Some(Attempt { outcome: Ok(found), .. })) => return Ok(found),
            Ok(Some(Attempt { address, source, outcome: Err(error) })) => {
                failures.push((address, source, error));
            }
            Ok(None) => {}
            Err(_) => begun.extend(rest.next().map(|endpoint| attempt(endpoint, limit))),
        }
    }
}

/// The endpoints to try. The deadline covers reading their files, whose disk may hang.
pub async fn named(options: &EngineOptions) -> Result<Vec<Endpoint>> {
    let reading = {
        let options = options.clone();
        spawn_blocking(move || endpoints(&options))
    };
    match timeout(options.timeout, reading).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            Err(Error::new(Code::Internal, format!("the search for an engine failed: {error}")))
        }
        Err(_) => Err(Error::new(Code::Timeout, "Docker's configuration could not be read in time")
            .hint("check the disk that holds the home directory or DOCKER_CONFIG")),
    }
}

/// Tries all endpoints at once, so that together they take no longer than one, and yields the outcomes in order.
pub fn attempts(endpoints: Vec<Endpoint>, limit: Duration) -> impl Stream<Item = Attempt> {
    let width = endpoints.len().max(1);
    stream::iter(endpoints).map(move |endpoint| attempt(endpoint, limit)).buffered(width)
}

async fn attempt(endpoint: Endpoint, limit: Duration) -> Attempt {
    let (address, source) = (endpoint.address.to_string(), endpoint.source.to_string());
    Attempt { address, source, outcome: reached(endpoint, limit).await }
}

async fn reached(endpoint: Endpoint, limit: Duration) -> Result<Found> {
    let wire = Wire::new(&endpoint)?;
    let hello = ping(&wire, &endpoint, limit).await?;
    Ok(Found { endpoint, wire, hello })
}

/// The engine to use after all were tried: the first that answered.
///
/// # Errors
/// As `find`.
pub fn chosen(attempts: Vec<Attempt>) -> Result<Found> {
    let mut failures = Vec::new();
    for Attempt { address, source, outcome } in attempts {
        match outcome {
            Ok(found) => return Ok(found),
            Err(error) => failures.push((address, source, error)),
        }
    }
    Err(none_answers(failures))
}

fn none_answers(failures: Vec<(String, String, Error)>) -> Error {
    let tried: Vec<Value> = failures
        .iter()
        .map(|(address, source, error)| {
            json!({ "address": address, "source": source, "error": error.message(), "code": error.code().as_str() })
        })
        .collect();
    // An engine that does not work is more informative than places without one.
    let telling = failures.into_iter().find(|(_, source, error)| {
        *source != Source::UsualPlace.to_string() || error.details().get("reason") != Some(&"missing".into())
    });
    let error = telling.map_or_else(nothing_anywhere, |(_, _, error)| error);
    error.detail("tried", tried)
}

fn nothing_anywhere() -> Error {
    Error::new(Code::EngineUnreachable, "no Docker engine was found: none of the usual sockets exists")
        .hint("install and start Docker (or Podman with its socket), or set DOCKER_HOST or the engine option")
        .detail("reason", "missing")
}
