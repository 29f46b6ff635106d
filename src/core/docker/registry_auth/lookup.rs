use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;

use super::{
    configuration::Configuration,
    credentials::{Credentials, header},
    helper::{self, Secret},
    server,
};
use crate::{blocking::blocking, engine::Environment, error::Result};

/// The credentials for a request.
#[derive(Debug, Default)]
pub struct Found {
    /// The value of the request's header; `None` if there are none.
    pub header: Option<String>,
    /// Why a credential helper could not answer. Docker's client goes on without it, and so does the request; it explains a refusal.
    pub trouble: Option<String>,
    /// For a build, all credentials by registry.
    pub all: BTreeMap<String, Credentials>,
}

/// User names and passwords by the hosts of registries, as BuildKit asks for them.
pub fn logins(all: &BTreeMap<String, Credentials>) -> BTreeMap<String, (String, String)> {
    let login = |(server, credentials): (&String, &Credentials)| {
        // BuildKit's name of Docker Hub.
        let host = if server == server::DOCKER_HUB { "registry-1.docker.io" } else { server::host(server) };
        (host.to_owned(), credentials.login())
    };
    all.iter().map(login).collect()
}

/// The value of `X-Registry-Auth` for an image's registry: of the given credentials, or of those of the configuration.
///
/// # Errors
/// `INVALID_ARGUMENT` if the configuration is not one.
pub async fn for_image(environment: &Environment, image: &str, given: Option<Credentials>) -> Result<Found> {
    if let Some(given) = given {
        return Ok(Found {
            header: Some(header(&given.of(server::of_image(image)))),
            trouble: None,
            ..Found::default()
        });
    }
    let Some(configuration) = read(environment).await? else { return Ok(Found::default()) };
    let (credentials, trouble) = of_server(environment, &configuration, server::of_image(image)).await;
    Ok(Found { header: (!credentials.is_empty()).then(|| header(&credentials)), trouble, ..Found::default() })
}

/// The value of `X-Registry-Config` for a build, whose base images may come from any registry. The given credentials take precedence.
///
/// # Errors
/// `INVALID_ARGUMENT` if the configuration is not one.
pub async fn for_build(environment: &Environment, given: BTreeMap<String, Credentials>) -> Result<Found> {
    let (mut found, trouble) = match read(environment).await? {
        Some(configuration) => all(environment, &configuration).await,
        None => (BTreeMap::new(), None),
    };
    found.extend(given.into_iter().map(|(name, given)| {
        let server = server::of_registry(&name).to_owned();
        (server.clone(), given.of(&server))
    }));
    Ok(Found { header: (!found.is_empty()).then(|| header(&found)), trouble, all: found })
}

/// An empty value of `X-Registry-Auth`.
pub fn nobody() -> String {
    header(&Credentials::default())
}

/// All that is known, by registry, and why a helper could not answer.
async fn all(
    environment: &Environment,
    configuration: &Configuration,
) -> (BTreeMap<String, Credentials>, Option<String>) {
    let (mut servers, mut trouble) = match configuration.store() {
        None => (Vec::new(), None),
        Some(store) => match helper::list(environment, store).await {
            Ok(listed) => (listed, None),
            Err(why) => (Vec::new(), Some(why)),
        },
    };
    servers.extend(configuration.helped().chain(configuration.listed()).map(str::to_owned));
    servers.sort();
    servers.dedup();
    let all = servers.iter().map(|server| of_server(environment, configuration, server));
    let mut found = BTreeMap::new();
    for (server, (credentials, why)) in servers.iter().zip(join_all(all).await) {
        trouble = trouble.or(why);
        if !credentials.is_empty() {
            found.insert(server.clone(), credentials);
        }
    }
    (found, trouble)
}

/// What is known for a registry: by a helper, or if that fails, by the file itself.
async fn of_server(
    environment: &Environment,
    configuration: &Configuration,
    server: &str,
) -> (Credentials, Option<String>) {
    let own = configuration.own(server);
    let Some(named) = configuration.helper(server) else { return (own, None) };
    let none = String::new;
    match helper::get(environment, named, server).await {
        Err(why) => (own, Some(why)),
        Ok(None) => (own.with(none(), none(), none()), None),
        // Under this name, a helper stores a token in place of a password.
        Ok(Some(Secret { username, secret })) if username == "<token>" => {
            (own.with(none(), none(), secret), None)
        }
        Ok(Some(Secret { username, secret })) => (own.with(username, secret, none()), None),
    }
}

async fn read(environment: &Environment) -> Result<Option<Arc<Configuration>>> {
    let Some(directory) = environment.docker_configuration() else { return Ok(None) };
    blocking(move || Configuration::read(&directory.join("config.json"))).await.map(Arc::new).map(Some)
}
