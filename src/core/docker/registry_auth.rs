//! Credentials for image registries, as Docker's client stores them.

use std::{collections::BTreeMap, io::ErrorKind, path::Path, process::Stdio, time::Duration};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde::Deserialize;
use serde_json::json;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use crate::{
    blocking::blocking,
    engine::Environment,
    error::{Code, Error, Result},
    hostfs::{MAX_SETTINGS, read_small},
};

/// The name of Docker Hub in the configuration.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// How long a credential helper may take.
const HELPER: Duration = Duration::from_secs(30);

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Configuration {
    auths: BTreeMap<String, Auth>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Auth {
    auth: String,
    identitytoken: String,
}

/// The answer of a credential helper.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secret {
    username: String,
    secret: String,
}

/// The value of `X-Registry-Auth` for an image's registry; `None` if there are no credentials for it.
///
/// # Errors
/// `INVALID_ARGUMENT` if the configuration can't be read; `ENGINE_ERROR` if a credential helper fails.
pub async fn credentials(environment: &Environment, image: &str) -> Result<Option<String>> {
    let Some(path) = environment.docker_configuration().map(|directory| directory.join("config.json")) else {
        return Ok(None);
    };
    let Some(configuration) = blocking(move || read(&path)).await? else { return Ok(None) };
    let server = server(image);
    if let Some(helper) = configuration.cred_helpers.get(&server).or(configuration.creds_store.as_ref()) {
        return Ok(ask(helper, &server)
            .await?
            .map(|secret| header(&secret.username, &secret.secret, &server)));
    }
    let known = |(name, _): &(&String, &Auth)| *name == &server || host(name) == host(&server);
    let Some((_, auth)) = configuration.auths.iter().find(known) else { return Ok(None) };
    if !auth.identitytoken.is_empty() {
        return Ok(Some(token(&auth.identitytoken, &server)));
    }
    let decoded = STANDARD.decode(&auth.auth).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    Ok(pair.map(|(username, password)| header(username, password.trim_end_matches('\0'), &server)))
}

/// Reads the configuration; `None` if there is none.
fn read(path: &Path) -> Result<Option<Configuration>> {
    let file = path.display().to_string();
    match read_small(path, MAX_SETTINGS) {
        // What the parser says may quote a secret.
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| {
            wrong(
                &file,
                &format!("not what Docker writes, from line {} column {}", error.line(), error.column()),
            )
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(&file, &error.to_string())),
    }
}

/// The registry of an image: the part before the first slash if it can be a host, else Docker Hub.
fn server(image: &str) -> String {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host.to_owned(),
        _ => DOCKER_HUB.to_owned(),
    }
}

fn host(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn header(username: &str, password: &str, server: &str) -> String {
    // Under this name, a helper stores a token in place of a password.
    if username == "<token>" {
        return token(password, server);
    }
    encode(&json!({ "username": username, "password": password, "serveraddress": server }))
}

fn token(token: &str, server: &str) -> String {
    encode(&json!({ "identitytoken": token, "serveraddress": server }))
}

fn encode(value: &serde_json::Value) -> String {
    URL_SAFE.encode(value.to_string())
}

/// Asks a Docker credential helper; `None` if it has no credentials for the server.
async fn ask(helper: &str, server: &str) -> Result<Option<Secret>> {
    let program = format!("docker-credential-{helper}");
    let failed = |why: String| {
        Error::new(Code::EngineError, format!("the credential helper {program} failed: {why}"))
            .hint("run docker login again, or remove the helper from the Docker configuration")
    };
    if !helper.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(failed("its name is not valid".to_owned()));
    }
    let run = async {
        let mut child = Command::new(&program)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(server.as_bytes()).await?;
        }
        child.wait_with_output().await
    };
    let output = match timeout(HELPER, run).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Err(_) => return Err(failed(format!("it did not answer within {} seconds", HELPER.as_secs()))),
    };
    if output.status.success() {
        return serde_json::from_slice(&output.stdout).map(Some).map_err(|error| failed(error.to_string()));
    }
    let reason = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if reason.contains("credentials not found") { Ok(None) } else { Err(failed(reason)) }
}

fn wrong(file: &str, why: &str) -> Error {
    Error::invalid("DOCKER_CONFIG", format!("could not read the Docker configuration {file}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn environment(config: &serde_json::Value) -> (tempfile::TempDir, Environment) {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("config.json"), config.to_string()).unwrap();
        let variables = [("DOCKER_CONFIG", directory.path().display().to_string())];
        (directory, Environment::new(variables, None))
    }

    fn decoded(header: &str) -> serde_json::Value {
        serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn credentials_are_chosen_by_the_images_registry() {
        let config = json!({ "auths": {
            "https://index.docker.io/v1/": { "auth": STANDARD.encode("hub:one") },
            "https://example.org": { "auth": STANDARD.encode("me:two:three") },
            "other.example:5000": { "identitytoken": "tok" },
        } });
        let (_directory, environment) = environment(&config);
        let of = async |image| credentials(&environment, image).await.unwrap().map(|header| decoded(&header));
        assert_eq!(of("debian:13").await.unwrap()["username"], "hub");
        assert_eq!(of("user/image").await.unwrap()["password"], "one");
        assert_eq!(of("example.org/a:1").await.unwrap()["password"], "two:three");
        assert_eq!(of("other.example:5000/a").await.unwrap()["identitytoken"], "tok");
        assert_eq!(of("nobody.example/a").await, None);
    }

    #[tokio::test]
    async fn an_invalid_configuration_is_an_error() {
        let (directory, environment) = environment(&json!({}));
        assert_eq!(credentials(&environment, "a").await.unwrap(), None);
        for text in ["{", r#"{ "auths": { "a": "secret" } }"#] {
            fs::write(directory.path().join("config.json"), text).unwrap();
            let error = credentials(&environment, "a").await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument);
            assert!(!error.message().contains("secret"), "{}", error.message());
        }
    }

    #[tokio::test]
    async fn a_configuration_that_is_no_file_is_an_error_at_once() {
        let (directory, environment) = environment(&json!({}));
        let file = directory.path().join("config.json");
        fs::remove_file(&file).unwrap();
        nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(credentials(&environment, "a").await.unwrap_err().code(), Code::InvalidArgument);
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
        assert_eq!(credentials(&environment, "a").await.unwrap_err().code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn a_missing_helper_is_an_error() {
        let (_directory, environment) = environment(&json!({ "credsStore": "no-such-helper" }));
        assert_eq!(credentials(&environment, "a").await.unwrap_err().code(), Code::EngineError);
    }
}
