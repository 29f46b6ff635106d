//! Which engine to connect to.

use crate::engine::{
    EngineOptions,
    discovery::address::Address,
    discovery::context::{self, Context},
    discovery::environment::Environment,
    discovery::places,
    discovery::source::Source,
    transport::tls::{Material, Tls},
};
use crate::error::{Error, Result};

#[cfg(test)]
mod tests;

/// The address of an engine, which may not be running.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The address.
    pub address: Address,
    /// Where the address comes from.
    pub source: Source,
    /// The TLS configuration, if the connection uses TLS.
    pub tls: Option<Tls>,
}

/// The endpoints to try, in order. Reads files, so it may block.
///
/// A configured engine is the only one: if it does not answer, commands must not run on another.
///
/// # Errors
/// `INVALID_ARGUMENT` for an unusable address, context or certificate; `ENGINE_UNSUPPORTED` for an unsupported
/// scheme.
pub fn endpoints(options: &EngineOptions) -> Result<Vec<Endpoint>> {
    Ok(match named(options)? {
        Some(endpoint) => vec![endpoint],
        None => places::usual(&options.environment)
            .into_iter()
            .map(|address| Endpoint { address, source: Source::UsualPlace, tls: None })
            .collect(),
    })
}

fn named(options: &EngineOptions) -> Result<Option<Endpoint>> {
    let environment = &options.environment;
    if let Some(host) = &options.host {
        return of_option(host, options).map(Some);
    }
    if options.tls.is_some() {
        return Err(Error::invalid("engine", "tls requires the engine's host"));
    }
    if let Some(host) = environment.get("DOCKER_HOST") {
        return endpoint(Source::DockerHost, host, of_environment(environment)?).map(Some);
    }
    if let Some(name) = environment.get("DOCKER_CONTEXT") {
        let named = context::is_named(name).then(|| name.to_owned());
        return of_context(named, Source::DockerContext, environment);
    }
    of_context(context::current(environment)?, Source::CurrentContext, environment)
}

fn of_option(host: &str, options: &EngineOptions) -> Result<Endpoint> {
    let material = options.tls.as_ref().map(Material::of_options).transpose()?;
    let given = material.is_some();
    let found = endpoint(Source::Option, host, material)?;
    if given && found.tls.is_none() {
        return Err(Error::invalid("tls", "tls requires an engine at tcp:// or https://"));
    }
    Ok(found)
}

/// The certificates to use if `DOCKER_TLS_VERIFY` is set.
fn of_environment(environment: &Environment) -> Result<Option<Material>> {
    if environment.get("DOCKER_TLS_VERIFY").is_none() {
        return Ok(None);
    }
    let Some(directory) = environment.directory("DOCKER_CERT_PATH") else {
        let usual = environment.docker_configuration();
        return usual
            .map_or_else(|| Ok(Material::default()), |found| Material::of_directory(&found))
            .map(Some);
    };
    if !directory.is_dir() {
        let message = format!("DOCKER_CERT_PATH is {}, which is not a directory", directory.display());
        return Err(Error::invalid("DOCKER_CERT_PATH", message)
            .hint("set it to the directory that contains ca.pem, cert.pem and key.pem"));
    }
    Material::of_directory(&directory).map(Some)
}

fn of_context(
    name: Option<String>,
    source: fn(String) -> Source,
    environment: &Environment,
) -> Result<Option<Endpoint>> {
    let Some(name) = name else { return Ok(None) };
    let source = source(name.clone());
    let Context { host, skip_verify, certificates } = context::read(environment, source.argument(), &name)?;
    let mut material = Material::of_directory(&certificates)?;
    material.skip_verify = skip_verify;
    endpoint(source, &host, (!material.is_empty()).then_some(material)).map(Some)
}

/// `material` came with the address. TLS without any trusts the system's authorities.
fn endpoint(source: Source, host: &str, material: Option<Material>) -> Result<Endpoint> {
    let address = Address::parse(source.argument(), host, material.is_some())?;
    let tls = match address {
        Address::Tcp { tls: true, .. } => Some(Tls::new(&material.unwrap_or_default())?),
        _ => None,
    };
    Ok(Endpoint { address, source, tls })
}
