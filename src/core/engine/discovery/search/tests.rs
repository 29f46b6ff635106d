use super::*;
use crate::engine::testing::{DockerConfiguration, Fake, Manner, http, pong, somewhere};

/// An environment with only the machine's own sockets and those in `files`.
struct Machine {
    files: DockerConfiguration,
    options: EngineOptions,
}

impl Machine {
    fn new() -> Self {
        let files = DockerConfiguration::new();
        let mut options = somewhere(files.environment(&[]));
        options.timeout = Duration::from_millis(1500);
        Self { files, options }
    }

    fn socket(&self, path: &str, manner: Manner) -> Fake {
        let file = self.files.home().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        Fake::socket(&file, manner)
    }

    /// The usual places in the home directory; other tests cover the machine's own.
    async fn endpoints(&self) -> Vec<Endpoint> {
        let mut found = named(&self.options).await.unwrap();
        found.retain(|endpoint| endpoint.address.to_string().contains(self.files.home().to_str().unwrap()));
        found
    }

    async fn search(&self) -> Result<Found> {
        first(self.endpoints().await, self.options.timeout).await
    }
}

#[tokio::test]
async fn the_first_place_that_answers_is_taken() {
    let machine = Machine::new();
    let _html = machine.socket(".docker/run/docker.sock", Manner::Says(http("200 OK", "X: y", "hi")));
    let good = machine.socket(".docker/desktop/docker.sock", Manner::Says(pong()));
    let _also = machine.socket(".rd/docker.sock", Manner::Says(pong()));
    let found = machine.search().await.unwrap();
    assert_eq!(found.endpoint.address.to_string(), good.address);
    assert_eq!(found.endpoint.source, Source::UsualPlace);
}

#[tokio::test]
async fn a_place_that_hangs_does_not_hide_another() {
    let machine = Machine::new();
    let _hangs = machine.socket(".docker/run/docker.sock", Manner::Silent);
    let _hangs_too = machine.socket(".docker/desktop/docker.sock", Manner::Silent);
    let good = machine.socket(".rd/docker.sock", Manner::Says(pong()));
    let begun = std::time::Instant::now();
    assert_eq!(machine.search().await.unwrap().endpoint.address.to_string(), good.address);
    assert!(begun.elapsed() < Duration::from_secs(5), "one after the other would take longer");
}

#[tokio::test]
async fn without_any_engine_the_error_lists_what_was_tried() {
    let machine = Machine::new();
    let error = machine.search().await.err().unwrap();
    assert_eq!(error.code(), Code::EngineUnreachable);
    assert!(error.message().contains("no Docker engine was found"), "{error}");
    assert!(error.advice().unwrap().contains("DOCKER_HOST"));
    let tried = error.details()["tried"].as_array().unwrap();
    assert_eq!(tried.len(), machine.endpoints().await.len());
    for place in tried {
        assert!(place["address"].as_str().unwrap().starts_with("unix:///"));
        assert_eq!(place["source"], "usual place");
        assert!(place["error"].as_str().unwrap().contains("does not exist"));
    }
}

#[tokio::test]
async fn an_engine_that_hangs_is_reported_rather_than_missing_ones() {
    let machine = Machine::new();
    let hangs = machine.socket(".orbstack/run/docker.sock", Manner::Silent);
    let error = machine.search().await.err().unwrap();
    assert_eq!(error.code(), Code::Timeout);
    assert_eq!(error.details()["address"], hangs.address.as_str());
    assert_eq!(error.details()["tried"].as_array().unwrap().len(), machine.endpoints().await.len());
}

#[tokio::test]
async fn a_configured_engine_that_is_silent_is_an_error_though_another_answers() {
    let machine = Machine::new();
    let _other = machine.socket(".docker/run/docker.sock", Manner::Says(pong()));
    machine.files.context("gone", r#"{"Host":"unix:///nonexistent/gone.sock"}"#);
    machine.files.write("config.json", r#"{"currentContext":"gone"}"#);
    for variables in
        [&[("DOCKER_HOST", "unix:///nonexistent/gone.sock")][..], &[("DOCKER_CONTEXT", "gone")], &[]]
    {
        let error = find(&somewhere(machine.files.environment(variables))).await.err().unwrap();
        assert_eq!(error.code(), Code::EngineUnreachable);
        assert_eq!(error.details()["address"], "unix:///nonexistent/gone.sock");
        assert_eq!(error.details()["tried"].as_array().unwrap().len(), 1);
    }
}
