//! Why an engine can't be reached, in words, and what to do about it.

use std::{error::Error as StdError, io};

use bollard::errors::Error as Failure;

use super::{
    address::Address,
    discovery::Endpoint,
    failure::{chain, sources},
};
use crate::error::{Code, Error};

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

    /// Why a request failed on its way; where it went may be unknown.
    pub fn of(failure: &Failure, endpoint: Option<&Endpoint>) -> Self {
        if let Some(error) = causes(failure).find_map(tls::error) {
            return tls::reason(error, endpoint);
        }
        let socket = endpoint.and_then(|endpoint| match &endpoint.address {
            Address::Socket(path) => Some(path.as_path()),
            _ => None,
        });
        if let Some(error) = causes(failure).filter_map(|source| source.downcast_ref::<io::Error>()).last()
            && let Some(reason) = of_io(error, socket)
        {
            return reason;
        }
        if is_not_http(failure) {
            let answer = "what answers there does not speak HTTP";
            return Self::new(Cause::NotDocker, answer, plain_hint(endpoint));
        }
        if is_cut(failure) {
            let text = "the connection was closed before an answer came";
            return Self::new(Cause::Cut, text, cut_hint(endpoint));
        }
        Self::new(Cause::Network, chain(failure), "check the engine's address, and that it runs")
    }

    /// The error of a call that failed for this reason.
    pub fn into_error(self, what: &str, endpoint: Option<&Endpoint>) -> Error {
        let text = match endpoint {
            None => format!("the engine could not be asked to {what}: {}", self.text),
            Some(Endpoint { address, .. }) => {
                format!("the engine at {address} could not be asked to {what}: {}", self.text)
            }
        };
        placed(Error::new(self.cause.code(), text).hint(self.hint), endpoint)
            .detail("reason", self.cause.as_str())
    }
}

/// Adds where the engine is, and who says so.
pub fn placed(error: Error, endpoint: Option<&Endpoint>) -> Error {
    match endpoint {
        None => error,
        Some(Endpoint { address, source, .. }) => {
            error.detail("address", address.to_string()).detail("source", source.to_string())
        }
    }
}

fn of_io(error: &io::Error, socket: Option<&std::path::Path>) -> Option<Reason> {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, InvalidData, NotADirectory, NotFound, PermissionDenied, TimedOut,
    };
    Some(match error.kind() {
        NotFound | NotADirectory => local::missing(socket),
        ConnectionRefused | AddrNotAvailable => local::refused(socket),
        PermissionDenied => local::denied(socket),
        TimedOut => {
            Reason::new(Cause::Timeout, "nothing answers", "check the address, and firewalls between")
        }
        InvalidData => Reason::new(
            Cause::NotDocker,
            "its answer is longer than any of a Docker engine",
            "check that the address is a Docker engine's",
        ),
        _ => return None,
    })
}

/// What a failure comes from. bollard's wrapper stands in for some of them, and would hide what they are.
fn causes(failure: &Failure) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    sources(match failure {
        Failure::IOError { err } => err,
        Failure::HyperResponseError { err } => err,
        other => other,
    })
}

fn hyper(failure: &Failure) -> Option<&hyper::Error> {
    causes(failure).find_map(|source| source.downcast_ref())
}

fn is_not_http(failure: &Failure) -> bool {
    hyper(failure).is_some_and(hyper::Error::is_parse)
}

fn is_cut(failure: &Failure) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let ended = |source: &(dyn StdError + 'static)| {
        source.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
        })
    };
    hyper(failure).is_some_and(|error| error.is_incomplete_message() || error.is_closed())
        || causes(failure).any(ended)
}

fn plain_hint(endpoint: Option<&Endpoint>) -> String {
    let address = "check that the address is a Docker engine's";
    match endpoint.map(|endpoint| &endpoint.address) {
        Some(Address::Tcp { tls: false, .. }) => format!("{address}; if it speaks TLS, {}", tls::HOW_TO),
        _ => address.to_owned(),
    }
}

fn cut_hint(endpoint: Option<&Endpoint>) -> String {
    match endpoint {
        // The engine's refusal may be lost when it closes the connection at once.
        Some(Endpoint { tls: Some(tls), .. }) if !tls.shows_certificate => {
            "it may want a certificate of its clients: give tls.cert and tls.key".to_owned()
        }
        Some(Endpoint { tls: Some(tls), .. }) => {
            format!("it may not trust the certificate: check {}", tls.sources)
        }
        Some(Endpoint { address: Address::Tcp { .. }, .. }) => plain_hint(endpoint),
        _ => "see the engine's log; it may have ended or be starting".to_owned(),
    }
}
