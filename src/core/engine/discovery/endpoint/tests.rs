use super::*;
use crate::{
    engine::{
        TlsOptions,
        testing::{Authority, DockerConfiguration, at, somewhere},
    },
    error::Code,
};

/// The one endpoint, as `source address`.
fn only(options: &EngineOptions) -> String {
    let found = endpoints(options).unwrap();
    assert_eq!(found.len(), 1, "a configured engine is the only one");
    let tls = if found[0].tls.is_some() { " tls" } else { "" };
    format!("{} {}{tls}", found[0].source, found[0].address)
}

#[test]
fn the_more_explicit_name_wins() {
    let files = DockerConfiguration::new();
    files.write("config.json", r#"{"currentContext":"current"}"#);
    files.context("current", r#"{"Host":"tcp://current:1"}"#);
    files.context("chosen", r#"{"Host":"tcp://chosen:1"}"#);
    let environment = |variables| somewhere(files.environment(variables));
    let all = [("DOCKER_HOST", "tcp://host:1"), ("DOCKER_CONTEXT", "chosen")];
    let option = EngineOptions { host: Some("tcp://option:1".to_owned()), ..environment(&all) };
    assert_eq!(only(&option), "option tcp://option:1");
    assert_eq!(only(&environment(&all)), "DOCKER_HOST tcp://host:1");
    assert_eq!(only(&environment(&all[1..])), "DOCKER_CONTEXT=chosen tcp://chosen:1");
    assert_eq!(only(&environment(&[])), "current context current tcp://current:1");
    assert_eq!(only(&environment(&[("DOCKER_HOST", "")])), "current context current tcp://current:1");
}

#[test]
fn the_default_context_means_the_usual_places() {
    let files = DockerConfiguration::new();
    files.write("config.json", r#"{"currentContext":"missing"}"#);
    let found = endpoints(&somewhere(files.environment(&[("DOCKER_CONTEXT", "default")]))).unwrap();
    assert!(found.len() > 1 && found.iter().all(|endpoint| endpoint.source == Source::UsualPlace));
}

#[test]
fn the_usual_places_are_dockers_own_then_those_of_other_products() {
    let variables = [("XDG_RUNTIME_DIR", "/run/user/7"), ("COLIMA_HOME", "/c"), ("XDG_CONFIG_HOME", "/x")];
    let options = somewhere(Environment::new(variables, Some("/home/me".into())));
    let found: Vec<String> =
        endpoints(&options).unwrap().iter().map(|found| found.address.to_string()).collect();
    let expected = [
        "/var/run/docker.sock",
        "/run/user/7/docker.sock",
        "/home/me/.docker/run/docker.sock",
        "/home/me/.docker/desktop/docker.sock",
        "/home/me/.orbstack/run/docker.sock",
        "/c/default/docker.sock",
        "/home/me/.colima/default/docker.sock",
        "/x/colima/default/docker.sock",
        "/home/me/.config/colima/default/docker.sock",
        "/home/me/.rd/docker.sock",
        "/run/user/7/podman/podman.sock",
        "/run/podman/podman.sock",
    ];
    assert_eq!(found, expected.map(|path| format!("unix://{path}")));
}

#[test]
fn two_names_of_one_socket_are_one_place() {
    let files = DockerConfiguration::new();
    files.write("run/docker.sock", "");
    std::fs::create_dir(files.directory().join("desktop")).unwrap();
    std::os::unix::fs::symlink("../run/docker.sock", files.directory().join("desktop/docker.sock")).unwrap();
    let found = endpoints(&somewhere(files.environment(&[]))).unwrap();
    let desktop = found.iter().filter(|found| found.address.to_string().contains("/.docker/")).count();
    assert_eq!(desktop, 1);
}

#[test]
fn an_invalid_address_is_an_error_that_names_its_source() {
    let files = DockerConfiguration::new();
    files.context("odd", r#"{"Host":"banana"}"#);
    for (variables, argument) in
        [([("DOCKER_HOST", "banana")], "DOCKER_HOST"), ([("DOCKER_CONTEXT", "odd")], "DOCKER_CONTEXT")]
    {
        let error = endpoints(&somewhere(files.environment(&variables))).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(error.details()["argument"], argument);
    }
    let error = endpoints(&somewhere(files.environment(&[("DOCKER_HOST", "ssh://me@host")]))).unwrap_err();
    assert_eq!(error.code(), Code::EngineUnsupported);
}

#[test]
fn docker_tls_verify_asks_for_tls_with_the_certificates_beside_it() {
    let files = DockerConfiguration::new();
    let ca = Authority::root("ca").pem();
    files.write("ca.pem", &ca);
    files.write("certs/ca.pem", &ca);
    let certs = files.directory().join("certs");
    let host = ("DOCKER_HOST", "tcp://host");
    let tls = ("DOCKER_TLS_VERIFY", "1");
    let path = ("DOCKER_CERT_PATH", certs.to_str().unwrap());
    let found =
        |variables: &[(&str, &str)]| endpoints(&somewhere(files.environment(variables))).unwrap().remove(0);
    assert_eq!(found(&[host, path]).address.to_string(), "tcp://host:2375");
    assert_eq!(found(&[host, tls, path]).address.to_string(), "https://host:2376");
    let sources = |variables: &[(&str, &str)]| found(variables).tls.unwrap().sources;
    assert_eq!(sources(&[host, tls, path]), certs.join("ca.pem").to_str().unwrap());
    assert_eq!(sources(&[host, tls]), files.directory().join("ca.pem").to_str().unwrap());
    // A socket needs none.
    assert!(found(&[("DOCKER_HOST", "/x"), tls]).tls.is_none());
}

#[test]
fn missing_certificates_are_an_error() {
    let files = DockerConfiguration::new();
    let variables =
        [("DOCKER_HOST", "tcp://host"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/nonexistent")];
    let error = endpoints(&somewhere(files.environment(&variables))).unwrap_err();
    assert_eq!(error.details()["argument"], "DOCKER_CERT_PATH");
}

#[test]
fn a_context_brings_its_certificates() {
    let files = DockerConfiguration::new();
    let authority = Authority::root("ca");
    let client = authority.client();
    files.context("farm", r#"{"Host":"tcp://farm:2376","SkipTLSVerify":false}"#);
    files.context_tls("farm", "ca.pem", &authority.pem());
    files.context_tls("farm", "cert.pem", &client.cert);
    files.context_tls("farm", "key.pem", &client.key);
    let found = endpoints(&somewhere(files.environment(&[("DOCKER_CONTEXT", "farm")]))).unwrap().remove(0);
    assert_eq!(found.address.to_string(), "https://farm:2376");
    let tls = found.tls.unwrap();
    assert!(tls.shows_certificate && tls.verifies);
}

#[test]
fn only_a_context_can_switch_the_check_off() {
    let files = DockerConfiguration::new();
    files.context("lax", r#"{"Host":"tcp://farm:2376","SkipTLSVerify":true}"#);
    let found = endpoints(&somewhere(files.environment(&[("DOCKER_CONTEXT", "lax")]))).unwrap().remove(0);
    assert!(!found.tls.unwrap().verifies);
}

#[test]
fn tls_is_for_a_host_that_speaks_it() {
    let tls = || Some(TlsOptions { ca: Some(Authority::root("ca").pem()), ..TlsOptions::default() });
    for host in ["/x", "unix:///x", "http://host"] {
        let error = endpoints(&EngineOptions { tls: tls(), ..at(host) }).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{host}");
    }
    let error = endpoints(&EngineOptions { tls: tls(), ..somewhere(Environment::default()) }).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(only(&EngineOptions { tls: tls(), ..at("tcp://host") }), "option https://host:2376 tls");
}
