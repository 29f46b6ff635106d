//! Searches for an engine and reports what it finds, what is wrong, and what to do.

use std::{path::PathBuf, time::Duration};

use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio::{task::spawn_blocking, time::timeout};

use crate::engine::{
    EngineOptions,
    discovery::search::{Attempt, Found, attempts, chosen, named},
    failure::{timed_out, translate},
};
use crate::error::{Code, Error, Result};
use facts::{Info, Libpod};

mod data_directory;
pub(crate) mod facts;
mod findings;
mod peer;
mod reach;
mod report;
mod seccomp;

pub use report::{EngineReport, Problem, Report, Trial};

#[cfg(test)]
mod tests;

/// Examines the engine that `Engine::connect` would choose with these options, and tries every other place.
///
/// Takes about twice `options.timeout` at most. If no engine is found, `ok` is `false`. With a data directory, that is examined too.
pub async fn doctor(options: &EngineOptions, data_dir: Option<PathBuf>) -> Report {
    let (mut report, found) = tokio::join!(of_engine(options), of_data_directory(options.timeout, data_dir));
    report.problems.extend(found);
    report
}

/// The problems of a data directory, unless its disk hangs.
async fn of_data_directory(limit: Duration, data_dir: Option<PathBuf>) -> Vec<Problem> {
    let Some(data_dir) = data_dir else { return Vec::new() };
    let looking = spawn_blocking(move || data_directory::problems(&data_dir));
    timeout(limit, looking).await.ok().and_then(Result::ok).unwrap_or_default()
}

async fn of_engine(options: &EngineOptions) -> Report {
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
    let libpod = async {
        // Without it, nothing is known of Podman's limits.
        let asked = ask::<Libpod>(found, "/v4.0.0/libpod/info", "describe itself", limit);
        if found.hello.podman { Some(asked.await.unwrap_or_default()) } else { None }
    };
    let (version, mut info, networks, libpod) = tokio::join!(
        ask(found, "/version", "report its version", limit),
        ask::<Info>(found, "/info", "describe itself", limit),
        ask::<Vec<reach::Network>>(found, reach::list_of(found.hello.podman), "list its networks", limit),
        libpod
    );
    let mut problems: Vec<Problem> = found.hello.supported().err().iter().map(Problem::fatal).collect();
    problems.extend(version.as_ref().err().map(Problem::fatal));
    problems.extend(info.as_ref().err().map(Problem::fatal));
    problems.extend(findings::of_endpoint(&found.endpoint));
    let mut own_profile = true;
    if let Ok(info) = &mut info {
        if let Some(libpod) = &libpod {
            info.correct(libpod);
        }
        own_profile = seccomp::takes_own_profile(&found.endpoint.address, info).await;
        problems.extend(findings::of_info(info));
        problems.extend(seccomp::problem(own_profile));
        let subject = reach::Subject { endpoint: &found.endpoint, info, hello: &found.hello };
        problems.extend(reach::problems(subject, networks.unwrap_or_default()).await);
    }
    let report = EngineReport::of(found, version.unwrap_or_default(), info.unwrap_or_default(), own_profile);
    (report, problems)
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
