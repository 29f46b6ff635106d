use serde::Serialize;

use super::facts::{Info, Version};
use crate::{
    engine::discovery::search::{Attempt, Found},
    error::Error,
};

/// The report of `doctor`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether sandboxes can run: an engine was found, and no problem is fatal.
    pub ok: bool,
    /// The engine that would be used, if any.
    pub engine: Option<EngineReport>,
    /// Every place that was tried, in order of precedence.
    pub tried: Vec<Trial>,
    /// The problems found, and what to do about them.
    pub problems: Vec<Problem>,
}

/// An engine's description of itself.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EngineReport {
    /// Its address.
    pub address: String,
    /// Where the address comes from: `option`, `DOCKER_HOST`, `DOCKER_CONTEXT=…`, `current context …` or `usual place`.
    pub source: String,
    /// The product, as in `Docker Engine - Community`.
    pub name: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// The newest API version that it supports.
    pub api_version: String,
    /// The oldest API version that it supports.
    pub min_api_version: Option<String>,
    /// The operating system of its containers.
    pub os: String,
    /// The architecture in Go's terms: `amd64`, `arm64`.
    pub arch: Option<String>,
    /// The version of its kernel.
    pub kernel: Option<String>,
    /// The cgroup version: `1` or `2`.
    pub cgroup_version: Option<String>,
    /// The cgroup driver: `cgroupfs`, `systemd` or `none`.
    pub cgroup_driver: Option<String>,
    /// The storage driver, as in `overlay2`.
    pub storage_driver: Option<String>,
    /// The security options, as the engine writes them: `name=seccomp,profile=default` and the like.
    pub security_options: Vec<String>,
    /// The available runtimes, as in `runc` or `runsc`.
    pub runtimes: Vec<String>,
    /// The number of CPUs.
    pub cpus: Option<u64>,
    /// The memory, in bytes.
    pub memory: Option<u64>,
    /// Whether the engine runs without root.
    pub rootless: bool,
    /// Whether the users of containers are mapped to other users on the host.
    pub userns_remap: bool,
    /// Whether it is Podman.
    pub podman: bool,
    /// The seccomp profile that sandboxes get: `cofferdam`, or `engine` where the engine can't be given one.
    pub seccomp: &'static str,
}

/// One place, and whether an engine answered there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// The address.
    pub address: String,
    /// Where the address comes from.
    pub source: String,
    /// Whether an engine answered.
    pub ok: bool,
    /// The error's code, if no engine answered.
    pub code: Option<&'static str>,
    /// The error's message, if no engine answered.
    pub error: Option<String>,
}

/// A problem with the engine or the connection to it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Whether it prevents sandboxes from running.
    pub fatal: bool,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Report {
    pub(super) fn without_engine(tried: Vec<Trial>, problems: Vec<Problem>) -> Self {
        Self { ok: false, engine: None, tried, problems }
    }

    pub(super) fn with_engine(engine: EngineReport, tried: Vec<Trial>, problems: Vec<Problem>) -> Self {
        let ok = problems.iter().all(|problem| !problem.fatal);
        Self { ok, engine: Some(engine), tried, problems }
    }
}

impl EngineReport {
    pub(super) fn of(found: &Found, version: Version, info: Info, own_profile: bool) -> Self {
        Self {
            address: found.endpoint.address.to_string(),
            source: found.endpoint.source.to_string(),
            name: version.name().map(str::to_owned),
            version: version.number,
            api_version: version.api.unwrap_or_else(|| found.hello.api.to_string()),
            min_api_version: version.min_api,
            os: info.os_type.clone().or(version.os).unwrap_or_else(|| found.hello.os.clone()),
            arch: version.arch,
            kernel: version.kernel,
            rootless: info.security("rootless").is_some(),
            userns_remap: info.security("userns").is_some(),
            podman: found.hello.podman,
            seccomp: if own_profile { "cofferdam" } else { "engine" },
            cgroup_version: info.cgroup_version,
            cgroup_driver: info.cgroup_driver,
            storage_driver: info.driver,
            security_options: info.security_options.unwrap_or_default(),
            runtimes: info.runtimes.unwrap_or_default().into_keys().collect(),
            cpus: info.cpus,
            memory: info.mem_total,
        }
    }
}

impl Trial {
    pub(super) fn of(attempt: &Attempt) -> Self {
        let error = attempt.outcome.as_ref().err();
        Self {
            address: attempt.address.clone(),
            source: attempt.source.clone(),
            ok: error.is_none(),
            code: error.map(|error| error.code().as_str()),
            error: error.map(|error| error.message().to_owned()),
        }
    }
}

impl Problem {
    pub(super) fn fatal(error: &Error) -> Self {
        let hint = error.advice().map(str::to_owned);
        Self { fatal: true, message: error.message().to_owned(), hint }
    }

    pub(super) fn warning(message: impl Into<String>, hint: &str) -> Self {
        Self { fatal: false, message: message.into(), hint: Some(hint.to_owned()) }
    }
}
