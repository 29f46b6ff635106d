//! What the errors of HTTP, TLS and the system mean.

use std::{error::Error as StdError, io, path::Path};

use bollard::errors::Error as Failure;

use super::{Cause, Reason, local, tls};
use crate::engine::{
    discovery::address::Address,
    discovery::endpoint::Endpoint,
    failure::{chain, sources},
};

impl Reason {
    /// Why a request failed on its way.
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
            let answer = "what answers there does not speak HTTP";
            return Self::new(Cause::NotDocker, answer, plain_hint(endpoint));
        }
        if is_cut(failure) {
            let text = "the connection was closed before an answer came";
            return Self::new(Cause::Cut, text, cut_hint(endpoint));
        }
        Self::new(Cause::Network, chain(failure), "check the engine's address, and that it runs")
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
        TimedOut => {
            Reason::new(Cause::Timeout, "nothing answers", "check the address, and firewalls between")
        }
        FileTooLarge => Reason::new(
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

fn plain_hint(endpoint: &Endpoint) -> String {
    let address = "check that the address is a Docker engine's";
    match endpoint.address {
        Address::Tcp { tls: false, .. } => format!("{address}; if it speaks TLS, {}", tls::HOW_TO),
        _ => address.to_owned(),
    }
}

fn cut_hint(endpoint: &Endpoint) -> String {
    match (&endpoint.tls, &endpoint.address) {
        // The engine's refusal may be lost when it closes the connection at once.
        (Some(tls), _) if !tls.shows_certificate => {
            "it may want a certificate of its clients: give tls.cert and tls.key".to_owned()
        }
        (Some(tls), _) => format!("it may not trust the certificate: check {}", tls.sources),
        (None, Address::Tcp { .. }) => plain_hint(endpoint),
        (None, _) => "see the engine's log; it may have ended or be starting".to_owned(),
    }
}
