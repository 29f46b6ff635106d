//! Makes sure that what answers is an engine, and one that can be used.

use std::{fmt, str::FromStr, time::Duration};

use hyper::StatusCode;
use serde::Deserialize;
use tokio::time::timeout;

use crate::engine::{
    discovery::endpoint::Endpoint,
    failure::reason::{Cause, Reason, placed},
    failure::{refused, timed_out},
    transport::wire::{Reply, Wire},
};
use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// What an engine says of itself when it answers a ping.
#[derive(Debug, Clone)]
pub struct Hello {
    /// The newest version of the API that it speaks.
    pub api: ApiVersion,
    /// The operating system of its containers, `linux` or `windows`.
    pub os: String,
    /// Whether it is Podman, which speaks Docker's API beside its own.
    pub podman: bool,
}

/// A version of Docker's API, major before minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(u32, u32);

/// The oldest that is supported: of Docker 19.03, and the oldest that today's engines accept.
pub const OLDEST: ApiVersion = ApiVersion(1, 40);

const PING: &str = "answer a ping";

/// What Go's server says, in plain HTTP, to somebody who speaks that to its TLS port.
const WANTS_TLS: &[u8] = b"HTTP request to an HTTPS server";

/// Asks whether there is an engine.
///
/// # Errors
/// `TIMEOUT` after `limit`; `ENGINE_UNREACHABLE` if there is none or something else; `ENGINE_PERMISSION_DENIED`;
/// `ENGINE_ERROR` if the engine says that it can't.
pub async fn ping(wire: &Wire, endpoint: &Endpoint, limit: Duration) -> Result<Hello> {
    match timeout(limit, wire.get("/_ping")).await {
        Ok(Ok(answer)) => hello(&answer).map_err(|error| match error {
            Rejected::Engine(error) => placed(error, endpoint),
            Rejected::Other(reason) => reason.of_search(endpoint),
        }),
        Ok(Err(failure)) => Err(Reason::of(&failure, endpoint).of_search(endpoint)),
        Err(_) => {
            Err(timed_out(PING, endpoint)
                .detail("timeout", u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)))
        }
    }
}

enum Rejected {
    Engine(Error),
    Other(Reason),
}

fn hello(answer: &Reply) -> std::result::Result<Hello, Rejected> {
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    // Any web server may say OK: the version makes it an engine.
    if answer.status == StatusCode::OK
        && answer.body.trim_ascii() == b"OK"
        && let Some(api) = header("api-version").and_then(|text| text.parse().ok())
    {
        let os = header("ostype").unwrap_or("linux").to_owned();
        return Ok(Hello { api, os, podman: header("libpod-api-version").is_some() });
    }
    Err(rejected(answer, header("content-type")))
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

fn rejected(answer: &Reply, kind: Option<&str>) -> Rejected {
    let status = answer.status;
    if answer.body.windows(WANTS_TLS.len()).any(|window| window == WANTS_TLS) {
        let hint =
            format!("{}, or write the address with https://", crate::engine::failure::reason::HOW_TO_USE_TLS);
        return Rejected::Other(Reason::new(Cause::Tls, "it speaks TLS only", hint));
    }
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let hint = "let this client pass the proxy or the authorization plugin that stands before the engine";
        return Rejected::Other(Reason::new(Cause::Denied, format!("it refuses with HTTP {status}"), hint));
    }
    // Other web servers, too, have a JSON for what they don't know.
    if status.is_server_error()
        && let Ok(Refusal { message }) = serde_json::from_slice(&answer.body)
    {
        return Rejected::Engine(refused(PING, status.as_u16(), message));
    }
    let kind = kind.map(|kind| format!(" with {kind}")).unwrap_or_default();
    let text = format!("it does not look like a Docker engine: it answers HTTP {status}{kind}");
    Rejected::Other(Reason::new(Cause::NotDocker, text, "check that the address is a Docker engine's"))
}

impl Hello {
    /// Refuses an engine that can't run our sandboxes.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for an API that is too old, and for containers of Windows.
    pub fn supported(&self) -> Result<()> {
        if self.os != "linux" {
            let message = format!("the engine runs containers of {}, and sandboxes are of Linux", self.os);
            return Err(Error::new(Code::EngineUnsupported, message)
                .hint("switch Docker Desktop to Linux containers, or choose another engine"));
        }
        if self.api < OLDEST {
            let message = format!("the engine's API is {}, and {OLDEST} is needed", self.api);
            return Err(Error::new(Code::EngineUnsupported, message).hint("update it: Docker 19.03 or newer"));
        }
        Ok(())
    }
}

impl FromStr for ApiVersion {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self(major.parse()?, minor.parse()?))
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
