use crate::{
    engine::{
        Engine, EngineOptions, TlsOptions,
        testing::{Authority, DockerConfiguration, Fake, Leaf, Manner, at, pong, somewhere},
    },
    error::{Code, Error},
};

const HOST: &str = "127.0.0.1";

fn trusting(ca: &str) -> TlsOptions {
    TlsOptions { ca: Some(ca.to_owned()), ..TlsOptions::default() }
}

fn showing(ca: &str, leaf: &Leaf) -> TlsOptions {
    TlsOptions { ca: Some(ca.to_owned()), cert: Some(leaf.cert.clone()), key: Some(leaf.key.clone()) }
}

async fn connect(server: &Fake, tls: TlsOptions) -> crate::error::Result<Engine> {
    Engine::connect(&EngineOptions { tls: Some(tls), ..at(&server.address) }).await
}

async fn refusal(leaf: &Leaf, tls: TlsOptions) -> Error {
    let server = Fake::tls(Manner::Says(pong()), leaf.serving()).await;
    let error = connect(&server, tls).await.unwrap_err();
    assert_eq!(error.code(), Code::EngineUnreachable, "{error}");
    assert_eq!(error.details()["reason"], "tls", "{error}");
    error
}

fn assert_says(error: &Error, said: &str, advice: &str) {
    assert!(error.message().contains(said), "{error}");
    assert!(error.advice().unwrap().contains(advice), "{:?}", error.advice());
}

#[tokio::test]
async fn a_chain_over_an_intermediate_is_trusted_by_its_root() {
    let root = Authority::root("root");
    let middle = root.intermediate("middle");
    let server = Fake::tls(Manner::Says(pong()), middle.server(HOST).chained(&middle).serving()).await;
    // Several roots in one file, the right one last.
    let roots = Authority::root("other").pem() + &root.pem();
    let engine = connect(&server, trusting(&roots)).await.unwrap();
    assert!(engine.address().to_string().starts_with("https://127.0.0.1:"));
}

#[tokio::test]
async fn a_client_shows_its_whole_chain() {
    let root = Authority::root("root");
    let middle = root.intermediate("middle");
    let client = middle.client().chained(&middle);
    let server = Fake::tls(Manner::Says(pong()), root.server(HOST).serving_clients_of(&root)).await;
    connect(&server, showing(&root.pem(), &client)).await.unwrap();
}

#[tokio::test]
async fn certificates_may_be_files() {
    let root = Authority::root("root");
    let client = root.client();
    let files = DockerConfiguration::new();
    let write = |name, pem| Some(files.write(name, pem).to_str().unwrap().to_owned());
    let tls = TlsOptions {
        ca: write("ca.pem", &root.pem()),
        cert: write("cert.pem", &client.cert),
        key: write("key.pem", &client.key),
    };
    let server = Fake::tls(Manner::Says(pong()), root.server(HOST).serving_clients_of(&root)).await;
    connect(&server, tls).await.unwrap();
    let path = files.directory();
    let variables = [
        ("DOCKER_HOST", &*server.address),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", path.to_str().unwrap()),
    ];
    Engine::connect(&somewhere(files.environment(&variables))).await.unwrap();
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let root = Authority::root("root");
    let error = refusal(&root.expired(HOST), trusting(&root.pem())).await;
    assert_says(&error, "has expired", "renew");
}

#[tokio::test]
async fn a_certificate_of_another_host_is_refused_and_its_names_are_reported() {
    let root = Authority::root("root");
    let error = refusal(&root.server("engine.example"), trusting(&root.pem())).await;
    assert_says(&error, "127.0.0.1", "subjectAltName");
    assert!(error.message().contains("engine.example"), "{error}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let root = Authority::root("root");
    let files = DockerConfiguration::new();
    let ca = files.write("ca.pem", &Authority::root("other").pem());
    let error = refusal(&root.server(HOST), trusting(ca.to_str().unwrap())).await;
    assert_says(&error, "untrusted authority", ca.to_str().unwrap());
}

#[tokio::test]
async fn a_chain_without_its_intermediate_is_refused() {
    let root = Authority::root("root");
    let error = refusal(&root.intermediate("middle").server(HOST), trusting(&root.pem())).await;
    assert_says(&error, "untrusted authority", "the option tls.ca");
}

#[tokio::test]
async fn without_a_ca_the_systems_authorities_are_trusted() {
    let server = Fake::tls(Manner::Says(pong()), Authority::root("root").server(HOST).serving()).await;
    let host = server.address.replace("tcp://", "https://");
    let error = Engine::connect(&at(&host)).await.unwrap_err();
    assert_says(&error, "untrusted authority", "the system's trusted certificates");
}

#[tokio::test]
async fn a_missing_client_certificate_is_reported() {
    let root = Authority::root("root");
    let server = Fake::tls(Manner::Says(pong()), root.server(HOST).serving_clients_of(&root)).await;
    let error = connect(&server, trusting(&root.pem())).await.unwrap_err();
    assert_eq!(error.code(), Code::EngineUnreachable, "{error}");
    assert!(error.advice().unwrap().contains("tls.cert and tls.key"), "{error} {:?}", error.advice());
}

#[tokio::test]
async fn a_client_certificate_of_the_wrong_authority_is_reported() {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    let server = Fake::tls(Manner::Says(pong()), root.server(HOST).serving_clients_of(&root)).await;
    let error = connect(&server, showing(&root.pem(), &other.client())).await.unwrap_err();
    assert_eq!(error.code(), Code::EngineUnreachable, "{error}");
    assert!(error.advice().unwrap().contains("the option tls.cert"), "{error} {:?}", error.advice());
}

#[tokio::test]
async fn a_server_without_tls_is_distinguished_from_an_untrusted_one() {
    let server = Fake::tcp(Manner::Says(b"HTTP/1.0 400 Bad Request\r\n\r\n".to_vec())).await;
    let error = connect(&server, trusting(&Authority::root("root").pem())).await.unwrap_err();
    assert_eq!(error.details()["reason"], "tls");
    assert_says(&error, "does not speak TLS", "without TLS");
}

#[tokio::test]
async fn a_handshake_that_hangs_is_a_timeout() {
    let server = Fake::tcp(Manner::Silent).await;
    let tls = Some(trusting(&Authority::root("root").pem()));
    let timeout = std::time::Duration::from_millis(200);
    let error = Engine::connect(&EngineOptions { tls, timeout, ..at(&server.address) }).await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(server.forgotten().await, "a connection is left open");
}

#[tokio::test]
async fn only_a_context_can_skip_the_certificate_check() {
    let server = Fake::tls(Manner::Says(pong()), Authority::root("root").expired("other").serving()).await;
    let files = DockerConfiguration::new();
    for (skip, expected) in [(true, true), (false, false)] {
        let host = server.address.replace("tcp://", "https://");
        files.context("lax", &format!(r#"{{"Host":"{host}","SkipTLSVerify":{skip}}}"#));
        let options = somewhere(files.environment(&[("DOCKER_CONTEXT", "lax")]));
        assert_eq!(Engine::connect(&options).await.is_ok(), expected, "{skip}");
    }
}

#[tokio::test]
async fn invalid_certificates_and_keys_are_named() {
    let root = Authority::root("root");
    let (client, other) = (root.client(), root.client());
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH0\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let broken = "-----BEGIN CERTIFICATE-----\nbanana\n-----END CERTIFICATE-----\n";
    let pair = |cert: &str, key: &str| TlsOptions {
        ca: None,
        cert: (!cert.is_empty()).then(|| cert.to_owned()),
        key: (!key.is_empty()).then(|| key.to_owned()),
    };
    for (tls, argument, said) in [
        (trusting("/nonexistent/ca.pem"), "tls.ca", "/nonexistent/ca.pem"),
        (trusting("/"), "tls.ca", "could not read /"),
        (trusting(&client.key), "tls.ca", "no certificate"),
        (trusting(broken), "tls.ca", "unusable"),
        (pair(&client.cert, ""), "tls.cert", "no matching key"),
        (pair("", &client.key), "tls.key", "no matching certificate"),
        (pair(&client.cert, &client.cert), "tls.key", "no private key"),
        (pair(&client.cert, encrypted), "tls.key", "encrypted"),
        (pair(&client.cert, &other.key), "tls.key", "does not fit the certificate"),
    ] {
        let error =
            Engine::connect(&EngineOptions { tls: Some(tls), ..at("tcp://localhost") }).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{error}");
        assert_eq!(error.details()["argument"], argument, "{error}");
        assert!(error.message().contains(said), "{error}");
        assert!(!error.message().contains("BEGIN"), "{error}");
    }
}

#[test]
fn a_key_is_not_printed() {
    let client = Authority::root("root").client();
    let options = EngineOptions { tls: Some(showing("x", &client)), ..at("tcp://localhost") };
    assert!(!format!("{options:?}").contains("BEGIN"));
}
