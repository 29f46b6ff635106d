//! Searches for an engine and reports what it finds, what is wrong, and what to do.

use std::time::Duration;

use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::engine::{
    EngineOptions,
    discovery::search::{Attempt, Found, attempts, chosen, named},
    failure::{timed_out, translate},
};
use crate::error::{Code, Error, Result};

pub(crate) mod facts;
mod findings;
mod reach;
mod report;

pub use report::{EngineReport, Problem, Report, Trial};

#[cfg(test)]
mod tests;

/// Examines the engine that `Engine::connect` would choose with these options, and tries every other place.
///
/// Takes about twice `options.timeout` at most. If no engine is found, `ok` is `false`.
pub async fn doctor(options: &EngineOptions) -> Report {
    let endpoints = match named(options).await {
        Ok(endpoints) => endpoints,
        Err(error) => return Report::without_engine(Vec::new(), vec![Problem::fatal(&error)]),
    };
    let attempts: Vec<Attempt> = attempts(endpoints, options.timeout).collect().await;
    let tried = attempts.iter().map(Trial::of).collect();
    match chosen(attempts) {
        Err(error) => Report::without_engine(tried, vec![Problem::fatal(&error)]),
        Ok(found) => {
            let (engine, problems) = examine(&found, options.timeout).await;
            Report::with_engine(engine, tried, problems)
        }
    }
}

async fn examine(found: &Found, limit: Duration) -> (EngineReport, Vec<Problem>) {
    let (version, info, networks) = tokio::join!(
        ask(found, "/version", "report its version", limit),
        ask(found, "/info", "describe itself", limit),
        ask::<Vec<reach::Network>>(found, "/networks", "list its networks", limit)
    );
    let mut problems: Vec<Problem> = found.hello.supported().err().iter().map(Problem::fatal).collect();
    problems.extend(version.as_ref().err().map(Problem::fatal));
    problems.extend(info.as_ref().err().map(Problem::fatal));
    problems.extend(findings::of_endpoint(&found.endpoint));
    if let Ok(info) = &info {
        problems.extend(findings::of_info(info));
        problems.extend(reach::problems(&found.endpoint, info, networks.unwrap_or_default()).await);
    }
    (EngineReport::of(found, version.unwrap_or_default(), info.unwrap_or_default()), problems)
}

async fn ask<T: DeserializeOwned>(
    found: &Found,
    path: &str,
    what: &'static str,
    limit: Duration,
) -> Result<T> {
    let endpoint = &found.endpoint;
    let answer = match timeout(limit, found.wire.get(path)).await {
        Err(_) => return Err(timed_out(what, endpoint)),
        Ok(answer) => answer.map_err(|failure| translate(what, failure, endpoint))?,
    };
    serde_json::from_slice(&answer.body).map_err(|error| {
        let message = format!("the engine could not {what}: it answered HTTP {}: {error}", answer.status);
        Error::new(Code::EngineError, message).detail("status", answer.status.as_u16())
    })
}
