//! The contexts of Docker's client, which name the engine that the user works with.

use std::{
    fmt::Write,
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::engine::discovery::environment::Environment;
use crate::error::{Error, Result};
use crate::hostfs::{Held, MAX_SETTINGS, read_small};

#[cfg(test)]
mod tests;

/// The built-in context, which has no files and means the usual sockets.
const DEFAULT: &str = "default";

/// A context's engine.
#[derive(Debug)]
pub struct Context {
    /// The engine's address, not parsed yet.
    pub host: String,
    /// Whether to accept any certificate of the engine.
    pub skip_verify: bool,
    /// The directory of the context's certificates, which may be missing.
    pub certificates: PathBuf,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(rename = "currentContext")]
    current: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Endpoint,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host")]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_verify: bool,
}

/// The context chosen with `docker context use`; `None` for the default.
///
/// # Errors
/// `INVALID_ARGUMENT` if the configuration is not JSON: it may name an engine, and no other must be used.
pub fn current(environment: &Environment) -> Result<Option<String>> {
    let Some(directory) = environment.docker_configuration() else { return Ok(None) };
    let file = directory.join("config.json");
    if is_denied(&file) {
        return Ok(None);
    }
    let configuration: Option<Configuration> = parsed("currentContext", &file)?;
    Ok(configuration.and_then(|found| found.current).filter(|name| is_named(name)))
}

/// Whether a context of this name has files.
pub fn is_named(name: &str) -> bool {
    !name.is_empty() && name != DEFAULT
}

/// Reads a context; `argument` names its source for errors.
///
/// # Errors
/// `INVALID_ARGUMENT` if the context does not exist or its file is invalid.
pub fn read(environment: &Environment, argument: &'static str, name: &str) -> Result<Context> {
    let missing = || {
        Error::invalid(
            argument,
            format!("{argument} names the Docker context {name:?}, which does not exist"),
        )
        .hint("see `docker context ls`; `docker context use default` returns to the usual sockets")
    };
    let contexts = environment.docker_configuration().ok_or_else(missing)?.join("contexts");
    let id = digest(name);
    let meta: Meta =
        parsed(argument, &contexts.join("meta").join(&id).join("meta.json"))?.ok_or_else(missing)?;
    Ok(Context {
        host: meta.endpoints.docker.host,
        skip_verify: meta.endpoints.docker.skip_verify,
        certificates: contexts.join("tls").join(&id).join("docker"),
    })
}

fn parsed<T: DeserializeOwned>(argument: &'static str, file: &Path) -> Result<Option<T>> {
    let wrong = |why: &dyn std::fmt::Display| {
        Error::invalid(argument, format!("could not read {}: {why}", file.display()))
            .hint("repair or remove that file, or set DOCKER_HOST")
    };
    match read_small(file, MAX_SETTINGS) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| wrong(&error)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(wrong(&error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Services often have the home directory of another user; it counts as missing.
fn is_denied(file: &Path) -> bool {
    let opened = Held::find(file).and_then(|found| found.open());
    opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

/// Docker's client names a context's directories by the SHA-256 of its name.
pub(in crate::engine) fn digest(name: &str) -> String {
    Sha256::digest(name).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
