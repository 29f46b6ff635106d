//! Failures of the engine, and of the connection to it, as our errors.

pub mod reason;

use bollard::errors::Error as Failure;

use crate::engine::{
    discovery::endpoint::Endpoint,
    failure::reason::{Cause, Reason, placed},
};
use crate::error::{Code, Error};

/// Translates a failure of the engine or of the connection to it; `what` was tried, as in "start a container".
pub fn translate(what: &'static str, failure: Failure, endpoint: &Endpoint) -> Error {
    match failure {
        Failure::DockerResponseServerError { status_code, message } => refused(what, status_code, message),
        Failure::DockerStreamError { error } => {
            Error::new(Code::EngineError, format!("the engine could not {what}: {error}"))
                .detail("message", error)
        }
        Failure::JsonDataError { .. } | Failure::JsonSerdeError { .. } => {
            let message = format!("could not parse the engine's answer ({what}): {}", chain(&failure));
            placed(Error::new(Code::EngineError, message), endpoint)
        }
        Failure::RequestTimeoutError => timed_out(what, endpoint),
        other => Reason::of(&other, endpoint).of_call(what, endpoint),
    }
}

/// The error for a refusal by the engine.
pub fn refused(what: &'static str, status: u16, message: String) -> Error {
    let code = match status {
        404 => Code::NotFound,
        409 => Code::Conflict,
        _ => Code::EngineError,
    };
    Error::new(code, format!("the engine could not {what}: {message}"))
        .detail("status", status)
        .detail("message", message)
}

/// The error for an engine that did not answer in time.
pub fn timed_out(what: &'static str, endpoint: &Endpoint) -> Error {
    let message = format!("the engine at {} did not {what} in time", endpoint.address);
    placed(Error::new(Code::Timeout, message), endpoint)
        .hint("check the engine's log; it may hang or be overloaded")
        .detail("reason", Cause::Timeout.as_str())
}

/// The messages of an error and all its sources, the innermost last; those of HTTP clients alone say little.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = sources(error).map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

/// An error and all its sources, the innermost last.
pub fn sources<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}
