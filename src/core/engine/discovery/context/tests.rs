use super::*;
use crate::{engine::testing::DockerConfiguration, error::Code};

#[test]
fn a_context_is_read_as_docker_wrote_it() {
    let files = DockerConfiguration::new();
    files.context("build farm", r#"{"Host":"tcp://farm:2376","SkipTLSVerify":true}"#);
    let context = read(&files.environment(&[]), "DOCKER_CONTEXT", "build farm").unwrap();
    assert_eq!(context.host, "tcp://farm:2376");
    assert!(context.skip_verify);
    assert_eq!(
        context.certificates,
        files.directory().join("contexts/tls").join(digest("build farm")).join("docker")
    );
}

#[test]
fn a_contexts_directory_is_the_sha_256_of_its_name() {
    assert_eq!(digest("desktop-linux"), "fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e");
}

#[test]
fn the_current_context_is_the_one_in_the_configuration() {
    for (text, expected) in [
        (r#"{"currentContext":"farm","auths":{}}"#, Some("farm")),
        (r#"{"currentContext":"default"}"#, None),
        (r#"{"currentContext":""}"#, None),
        (r#"{"auths":{}}"#, None),
    ] {
        let files = DockerConfiguration::new();
        files.write("config.json", text);
        assert_eq!(current(&files.environment(&[])).unwrap().as_deref(), expected, "{text}");
    }
}

#[test]
fn docker_config_names_the_directory() {
    let files = DockerConfiguration::new();
    files.write("config.json", r#"{"currentContext":"farm"}"#);
    let directory = files.directory().to_str().unwrap().to_owned();
    let environment = Environment::new([("DOCKER_CONFIG", directory)], Some("/nonexistent".into()));
    assert_eq!(current(&environment).unwrap().as_deref(), Some("farm"));
}

#[test]
fn without_a_configuration_there_is_no_current_context() {
    for home in [None, Some("/nonexistent".into()), Some("/dev/null".into())] {
        assert!(current(&Environment::new([("HOME", "/elsewhere")], home)).unwrap().is_none());
    }
}

#[test]
fn a_broken_configuration_is_an_error_that_names_the_file() {
    let files = DockerConfiguration::new();
    files.write("config.json", "{ currentContext");
    let error = current(&files.environment(&[])).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("config.json"), "{error}");
}

#[test]
fn a_missing_context_is_an_error_that_names_it() {
    let files = DockerConfiguration::new();
    let error = read(&files.environment(&[]), "DOCKER_CONTEXT", "farm").unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("DOCKER_CONTEXT") && error.message().contains("\"farm\""), "{error}");
    assert!(error.advice().unwrap().contains("docker context ls"));
}

#[test]
fn a_context_without_a_docker_endpoint_is_an_error() {
    let files = DockerConfiguration::new();
    files.write(&format!("contexts/meta/{}/meta.json", digest("k8s")), r#"{"Endpoints":{"kubernetes":{}}}"#);
    let error = read(&files.environment(&[]), "DOCKER_CONTEXT", "k8s").unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("meta.json"), "{error}");
}
