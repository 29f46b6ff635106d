//! Why an engine can't be reached, in words, and what to do about it.

use crate::engine::discovery::endpoint::Endpoint;
use crate::error::{Code, Error};

mod diagnosis;
mod local;
mod tls;

pub use tls::HOW_TO as HOW_TO_USE_TLS;

/// Why an engine can't be reached; what programs and the search for an engine may decide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing is there.
    Missing,
    /// Something was there, and nothing listens now.
    Refused,
    /// This user may not.
    Denied,
    /// What is there is no socket.
    NotASocket,
    /// The two sides do not agree on TLS or on whom to trust.
    Tls,
    /// Something answers that is no Docker engine.
    NotDocker,
    /// The other side took too long.
    Timeout,
    /// The connection ended early.
    Cut,
    /// Anything else, as the network says it.
    Network,
}

impl Cause {
    /// The cause as it stands in an error's details.
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

/// A cause, a sentence for people, and what to do.
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

    /// The error of a call that failed for this reason.
    pub fn of_call(self, what: &str, endpoint: &Endpoint) -> Error {
        let message =
            format!("the engine at {} could not be asked to {what}: {}", endpoint.address, self.text);
        self.into_error(message, endpoint)
    }

    /// The error of an engine that was looked for and not found for this reason.
    pub fn of_search(self, endpoint: &Endpoint) -> Error {
        let message = format!("no engine can be reached at {}: {}", endpoint.address, self.text);
        self.into_error(message, endpoint)
    }

    fn into_error(self, message: String, endpoint: &Endpoint) -> Error {
        let error = Error::new(self.cause.code(), message).hint(self.hint);
        placed(error, endpoint).detail("reason", self.cause.as_str())
    }
}

/// Adds where the engine is, and who says so.
pub fn placed(error: Error, endpoint: &Endpoint) -> Error {
    let Endpoint { address, source, .. } = endpoint;
    error.detail("address", address.to_string()).detail("source", source.to_string())
}
