//! The meaning of errors of HTTP, TLS and the system.

use std::{error::Error as StdError, io, path::Path};

use bollard::errors::Error as Failure;

use super::{Cause, Reason, local, tls};
use crate::engine::{
    discovery::address::Address,
    discovery::endpoint::Endpoint,
    failure::{chain, sources},
};

impl Reason {
    /// Why a request did not get an answer.
    pub fn of(failure: &Failure, endpoint: &Endpoint) -> Self {
        if let Some(error) = causes(failure).find_map(tls::error) {
            return tls::reason(error, endpoint);
        }
        let socket = match &endpoint.address {
            Address::Socket(path) => Some(path.as_path()),
            _ => None,
        };
        if let Some(error) = causes(failure).filter_map(|source| source.downcast_ref::<io::Error>()).last()
            && let Some(reason) = of_io(error, socket)
        {
            return reason;
        }
        if is_not_http(failure) {
            let answer = "something that does not speak HTTP answers there";
            return Self::new(Cause::NotDocker, answer, plain_hint(endpoint));
        }
        if is_cut(failure) {
            let text = "the connection was closed before the answer was complete";
            return Self::new(Cause::Cut, text, cut_hint(endpoint));
        }
        Self::new(
            Cause::Network,
            chain(failure),
            "check the engine's address, and that the engine is running",
        )
    }
}

fn of_io(error: &io::Error, socket: Option<&Path>) -> Option<Reason> {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, FileTooLarge, NotADirectory, NotFound, PermissionDenied,
        TimedOut,
    };
    Some(match error.kind() {
        NotFound | NotADirectory => local::missing(socket),
        ConnectionRefused | AddrNotAvailable => local::refused(socket),
        PermissionDenied => local::denied(socket),
        TimedOut => Reason::new(Cause::Timeout, "no answer", "check the address, and firewalls on the way"),
        FileTooLarge => Reason::new(
            Cause::NotDocker,
            "its answer is too long for a Docker engine",
            "check that a Docker engine listens at the address",
        ),
        _ => return None,
    })
}

/// A failure's sources. bollard wraps some of them in a way that hides their type.
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

fn plain_hint(endpoint: &Endpoint) -> String {
    let address = "check that a Docker engine listens at the address";
    match endpoint.address {
        Address::Tcp { tls: false, .. } => format!("{address}; if it uses TLS, {}", tls::HOW_TO),
        _ => address.to_owned(),
    }
}

fn cut_hint(endpoint: &Endpoint) -> String {
    match (&endpoint.tls, &endpoint.address) {
        // The engine's alert is lost if it closes the connection at once.
        (Some(tls), _) if !tls.shows_certificate => {
            "the engine may require a client certificate: set tls.cert and tls.key".to_owned()
        }
        (Some(tls), _) => format!("the engine may not trust the client certificate: check {}", tls.sources),
        (None, Address::Tcp { .. }) => plain_hint(endpoint),
        (None, _) => "check the engine's log; it may have stopped or still be starting".to_owned(),
    }
}
