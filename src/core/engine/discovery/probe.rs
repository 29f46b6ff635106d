//! Checks that an engine answers, and that it can run sandboxes.

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

/// An engine's answer to a ping.
#[derive(Debug, Clone)]
pub struct Hello {
    /// The newest API version that it supports.
    pub api: ApiVersion,
    /// The operating system of its containers, `linux` or `windows`.
    pub os: String,
    /// Whether it is Podman, which also offers Docker's API.
    pub podman: bool,
}

/// A version of Docker's API: major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(u32, u32);

/// From this version on, the engine prunes only anonymous volumes unless it is told otherwise.
pub const PRUNES_ANONYMOUS: ApiVersion = ApiVersion(1, 42);

/// From this version on, what an engine says of packets between containers of one network is always `false`, or missing.
pub const BRIDGE_NF_IS_ALWAYS_FALSE: ApiVersion = ApiVersion(1, 48);

/// The oldest supported API version, of Docker 19.03; today's engines accept no older one.
pub const OLDEST: ApiVersion = ApiVersion(1, 40);

const PING: &str = "answer a ping";

/// The answer of Go's TLS server to plain HTTP.
const WANTS_TLS: &[u8] = b"HTTP request to an HTTPS server";

/// Pings an engine.
///
/// # Errors
/// `TIMEOUT` after `limit`; `ENGINE_UNREACHABLE` if no engine answers; `ENGINE_PERMISSION_DENIED`; `ENGINE_ERROR` if
/// the engine answers with an error.
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
    // Any web server may answer OK; only an engine sends its API version.
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
        let hint = format!("{}, or use an https:// address", crate::engine::failure::reason::HOW_TO_USE_TLS);
        return Rejected::Other(Reason::new(Cause::Tls, "the server accepts only TLS", hint));
    }
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let hint = "allow this client in the proxy or authorization plugin in front of the engine";
        return Rejected::Other(Reason::new(
            Cause::Denied,
            format!("access was refused with HTTP {status}"),
            hint,
        ));
    }
    // For 4xx, web servers other than engines also answer with such JSON.
    if status.is_server_error()
        && let Ok(Refusal { message }) = serde_json::from_slice(&answer.body)
    {
        return Rejected::Engine(refused(PING, status.as_u16(), message));
    }
    let kind = kind.map(|kind| format!(" with {kind}")).unwrap_or_default();
    let text = format!("the server does not look like a Docker engine: it answered HTTP {status}{kind}");
    Rejected::Other(Reason::new(Cause::NotDocker, text, "check that a Docker engine listens at the address"))
}

impl Hello {
    /// Refuses an engine that can't run sandboxes.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` if its API is too old or its containers are not Linux ones.
    pub fn supported(&self) -> Result<()> {
        if self.os != "linux" {
            let message =
                format!("the engine runs {} containers, but sandboxes need Linux containers", self.os);
            return Err(Error::new(Code::EngineUnsupported, message)
                .hint("switch Docker Desktop to Linux containers, or use another engine"));
        }
        if self.api < OLDEST {
            let message = format!("the engine's API version is {}, but {OLDEST} is required", self.api);
            return Err(Error::new(Code::EngineUnsupported, message)
                .hint("update the engine to Docker 19.03 or newer"));
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
