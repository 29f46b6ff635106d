use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde_json::{Value, json};

use super::*;
use crate::{engine::Environment, error::Code};

/// A directory with a configuration, and with these helpers.
fn environment(config: &str, helpers: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("config.json"), config).unwrap();
    for (name, script) in helpers {
        let program = directory.path().join(format!("docker-credential-{name}"));
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let place = directory.path().display().to_string();
    let variables = [("DOCKER_CONFIG", place.clone()), ("PATH", format!("{place}:/usr/bin:/bin"))];
    (directory, Environment::new(variables, None))
}

fn decoded(found: &Found) -> Option<Value> {
    found.header.as_ref().map(|header| serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap())
}

async fn of_image(environment: &Environment, image: &str) -> Option<Value> {
    decoded(&for_image(environment, image, None).await.unwrap())
}

#[tokio::test]
async fn credentials_are_chosen_by_the_images_registry() {
    let config = json!({ "auths": {
        "https://index.docker.io/v1/": { "auth": STANDARD.encode("hub:one") },
        "https://example.org": { "auth": STANDARD.encode("me:two:three\0") },
        "other.example:5000": { "auth": STANDARD.encode("x:"), "identitytoken": "tok" },
        "token.example": { "registrytoken": "registry" },
        "plain.example": { "username": "u", "password": "p" },
        "empty.example": {},
    } });
    let (_directory, environment) = environment(&config.to_string(), &[]);
    for image in ["debian:13", "user/image", "docker.io/team/x", "index.docker.io/team/x:1"] {
        let found = of_image(&environment, image).await.unwrap();
        assert_eq!(
            found,
            json!({ "username": "hub", "password": "one", "serveraddress": "https://index.docker.io/v1/" }),
            "{image}"
        );
    }
    assert_eq!(of_image(&environment, "example.org/a:1").await.unwrap()["password"], "two:three");
    assert_eq!(of_image(&environment, "other.example:5000/a").await.unwrap()["identitytoken"], "tok");
    assert_eq!(of_image(&environment, "token.example/a").await.unwrap()["registrytoken"], "registry");
    assert_eq!(of_image(&environment, "plain.example/a").await.unwrap()["username"], "u");
    for image in ["nobody.example/a", "empty.example/a"] {
        assert_eq!(of_image(&environment, image).await, None);
    }
}

#[tokio::test]
async fn a_helper_is_asked() {
    let answer = r#"read server; echo "{\"Username\":\"u\",\"Secret\":\"of $server\"}""#;
    let deaf = r#"exec <&-; sleep 0.1; echo '{"Username":"<token>","Secret":"t"}'"#;
    let config = json!({
        "auths": { "https://index.docker.io/v1/": { "registrytoken": "r" } },
        "credsStore": "store",
        "credHelpers": { "a.example": "dots.in-name.v2", "b.example": "deaf", "c.example": "none" },
    });
    let helpers = [
        ("store", answer),
        ("dots.in-name.v2", answer),
        ("deaf", deaf),
        ("none", "echo credentials not found in native keychain; exit 1"),
    ];
    let (_directory, environment) = environment(&config.to_string(), &helpers);
    let hub = of_image(&environment, "debian").await.unwrap();
    assert_eq!(hub["password"], "of https://index.docker.io/v1/");
    assert_eq!(hub["registrytoken"], "r");
    assert_eq!(of_image(&environment, "a.example/x").await.unwrap()["password"], "of a.example");
    assert_eq!(of_image(&environment, "b.example/x").await.unwrap()["identitytoken"], "t");
    assert_eq!(of_image(&environment, "c.example/x").await, None);
}

#[tokio::test]
async fn a_helper_that_is_missing_or_fails_leaves_what_the_file_has() {
    let auths = json!({ "a.example": { "username": "u", "password": "p" } });
    for helper in ["no-such", "fails", "says-nothing", "../x", "a/b"] {
        let config = json!({ "auths": auths, "credsStore": helper }).to_string();
        let (_directory, environment) =
            environment(&config, &[("fails", "echo broken; exit 1"), ("says-nothing", "exit 0")]);
        let found = for_image(&environment, "a.example/x", None).await.unwrap();
        assert_eq!(decoded(&found).unwrap()["username"], "u", "{helper}");
        let trouble = found.trouble.unwrap();
        assert!(trouble.contains(&format!("docker-credential-{helper}")), "{trouble}");
    }
}

#[tokio::test]
async fn a_build_gets_the_credentials_for_all_registries() {
    let get = r#"if [ "$1" = list ]; then echo '{"stored.example":"u"}'; else read server; echo "{\"Username\":\"u\",\"Secret\":\"of $server\"}"; fi"#;
    let config = json!({
        "auths": { "https://file.example/v2/": { "auth": STANDARD.encode("f:g") } },
        "credHelpers": { "helped.example": "test", "broken.example": "no-such" },
    });
    let (_directory, plain) = environment(&config.to_string(), &[("test", get)]);
    let found = for_build(&plain, BTreeMap::new()).await.unwrap();
    assert_eq!(
        decoded(&found).unwrap(),
        json!({
            "https://file.example/v2/": { "username": "f", "password": "g", "serveraddress": "https://file.example/v2/" },
            "helped.example": { "username": "u", "password": "of helped.example", "serveraddress": "helped.example" },
        })
    );
    assert!(found.trouble.unwrap().contains("no-such"));
    let (_directory, stored) = environment(&json!({ "credsStore": "test" }).to_string(), &[("test", get)]);
    assert_eq!(
        decoded(&for_build(&stored, BTreeMap::new()).await.unwrap()).unwrap()["stored.example"]["username"],
        "u"
    );
    let (_directory, none) = environment("{}", &[]);
    assert_eq!(decoded(&for_build(&none, BTreeMap::new()).await.unwrap()), None);
}

#[tokio::test]
async fn a_configuration_that_is_empty_or_not_there_has_no_credentials() {
    for text in ["", " \n", "{}"] {
        let (_directory, environment) = environment(text, &[]);
        assert_eq!(of_image(&environment, "a").await, None);
    }
    let (directory, environment) = environment("{}", &[]);
    fs::remove_file(directory.path().join("config.json")).unwrap();
    assert_eq!(of_image(&environment, "a").await, None);
}

#[tokio::test]
async fn an_invalid_configuration_is_an_error_without_its_secrets() {
    let auth = |auth: &str| json!({ "auths": { "a.example": { "auth": auth } } }).to_string();
    for text in [
        "{",
        r#"{ "auths": { "a": "secret" } }"#,
        "secret",
        &auth("secret!"),
        &auth(&STANDARD.encode("secret")),
        &auth(&STANDARD.encode(":secret")),
    ] {
        let (_directory, environment) = environment(text, &[]);
        let error = for_image(&environment, "a", None).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(!error.message().contains("secret"), "{}", error.message());
    }
}

#[tokio::test]
async fn a_configuration_that_is_no_file_is_an_error_at_once() {
    let (directory, environment) = environment("{}", &[]);
    let file = directory.path().join("config.json");
    fs::remove_file(&file).unwrap();
    nix::unistd::mkfifo(&file, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(for_image(&environment, "a", None).await.unwrap_err().code(), Code::InvalidArgument);
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &file).unwrap();
    assert_eq!(for_image(&environment, "a", None).await.unwrap_err().code(), Code::InvalidArgument);
}
