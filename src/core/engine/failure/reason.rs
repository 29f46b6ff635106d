//! Why an engine can't be reached, and what to do about it.

use crate::engine::discovery::endpoint::Endpoint;
use crate::error::{Code, Error};

mod diagnosis;
mod local;
mod tls;

pub use tls::HOW_TO as HOW_TO_USE_TLS;

/// Why an engine can't be reached, for programs and for the search for an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing exists at the address.
    Missing,
    /// Nothing listens at the address.
    Refused,
    /// This user lacks the permission.
    Denied,
    /// The path is not a socket.
    NotASocket,
    /// The TLS handshake failed.
    Tls,
    /// Something other than a Docker engine answers.
    NotDocker,
    /// No answer came in time.
    Timeout,
    /// The connection was closed early.
    Cut,
    /// Any other error of the network.
    Network,
}

impl Cause {
    /// The cause in an error's `details.reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::NotASocket => "not-a-socket",
            Self::Tls => "tls",
            Self::NotDocker => "not-docker",
            Self::Timeout => "timeout",
            Self::Cut => "cut",
            Self::Network => "network",
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Denied => Code::EnginePermissionDenied,
            Self::Timeout => Code::Timeout,
            _ => Code::EngineUnreachable,
        }
    }
}

/// A cause, its description, and what to do about it.
#[derive(Debug)]
pub struct Reason {
    pub cause: Cause,
    pub text: String,
    pub hint: String,
}

impl Reason {
    pub fn new(cause: Cause, text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { cause, text: text.into(), hint: hint.into() }
    }

    /// The error for a call that failed for this reason.
    pub fn of_call(self, what: &str, endpoint: &Endpoint) -> Error {
        let message = format!("could not ask the engine at {} to {what}: {}", endpoint.address, self.text);
        self.into_error(message, endpoint)
    }

    /// The error for a search that failed for this reason.
    pub fn of_search(self, endpoint: &Endpoint) -> Error {
        let message = format!("could not reach an engine at {}: {}", endpoint.address, self.text);
        self.into_error(message, endpoint)
    }

    fn into_error(self, message: String, endpoint: &Endpoint) -> Error {
        let error = Error::new(self.cause.code(), message).hint(self.hint);
        placed(error, endpoint).detail("reason", self.cause.as_str())
    }
}

/// Adds the engine's address and its source.
pub fn placed(error: Error, endpoint: &Endpoint) -> Error {
    let Endpoint { address, source, .. } = endpoint;
    error.detail("address", address.to_string()).detail("source", source.to_string())
}
