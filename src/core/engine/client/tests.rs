use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

use super::*;
use crate::engine::{
    Environment,
    api::system,
    testing::{Fake, Manner, at, pong, somewhere},
};

async fn failure(host: &str) -> Error {
    let begun = Instant::now();
    let error = Engine::connect(&at(host)).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(1), "a local problem is reported at once");
    assert_eq!(error.details()["address"], host);
    assert_eq!(error.details()["source"], "option");
    error
}

fn assert_told(error: &Error, code: Code, reason: &str, said: &str, advice: &str) {
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.details()["reason"], reason, "{error}");
    assert!(error.message().contains(said), "{error}");
    assert!(error.advice().unwrap().contains(advice), "{:?}", error.advice());
}

#[test]
fn every_engines_words_for_a_missing_source_are_known() {
    let missing = |message: &str| {
        let error =
            Error::new(Code::EngineError, format!("the engine could not create a container: {message}"));
        is_missing_source(&error, "/data/a")
    };
    for message in [
        // Docker 20.10 to 28.
        "invalid mount config for type \"bind\": bind source path does not exist: /data/a",
        // Podman 4 and 5.
        "container create: statfs /data/a: no such file or directory",
        "statfs /data/a: permission denied",
        // crun and runc.
        "crun: mount `/data/a` to `workspace`: No such file or directory: OCI runtime attempted to invoke a command that was not found",
        "runc: runc create failed: unable to start container process: error mounting \"/data/a\" to rootfs: stat /data/a: no such file or directory",
        // Docker Desktop.
        "Mounts denied: The path /data/a is not shared from the host and is not known to Docker.",
    ] {
        assert!(missing(message), "{message}");
    }
    for message in [
        "container create: statfs /data/b: no such file or directory",
        "exec: \"/agent\": stat /agent: no such file or directory",
        "the container name \"/a\" is already in use",
        "mount /data/a: no space left on device",
    ] {
        assert!(!missing(message), "{message}");
    }
}

#[tokio::test]
async fn the_engine_of_this_machine_is_found_and_answers() {
    let engine = Engine::connect(&somewhere(Environment::default()))
        .await
        .expect("these tests need a Docker engine at /var/run/docker.sock");
    assert_eq!(engine.address().to_string(), "unix:///var/run/docker.sock");
    assert_eq!(engine.source(), &Source::UsualPlace);
    let version = system::version(&engine).await.unwrap().field("ApiVersion").unwrap();
    assert!(version.starts_with("1."));
}

#[tokio::test]
async fn an_engine_answers_on_a_path_with_a_space() {
    let directory = tempfile::tempdir().unwrap();
    let server = Fake::socket(&directory.path().join("my engine.sock"), Manner::Says(pong()));
    Engine::connect(&at(&server.address)).await.unwrap();
}

#[tokio::test]
async fn a_missing_socket_is_unreachable() {
    for host in ["unix:///nonexistent/docker.sock", "unix:///dev/null/docker.sock"] {
        let error = failure(host).await;
        assert_told(&error, Code::EngineUnreachable, "missing", "does not exist", "install Docker");
    }
}

#[tokio::test]
async fn a_stale_socket_is_unreachable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = failure(&format!("unix://{}", path.display())).await;
    assert_told(&error, Code::EngineUnreachable, "refused", "left behind", "start it");
}

#[tokio::test]
async fn a_file_or_a_directory_is_not_a_socket() {
    let directory = tempfile::tempdir().unwrap();
    let error = failure(&format!("unix://{}", directory.path().display())).await;
    assert_told(&error, Code::EngineUnreachable, "not-a-socket", "a directory", "bind mount");
    let file = directory.path().join("docker.sock");
    fs::write(&file, "").unwrap();
    let error = failure(&format!("unix://{}", file.display())).await;
    assert_told(&error, Code::EngineUnreachable, "not-a-socket", "a file", "/var/run/docker.sock");
}

#[tokio::test]
async fn a_port_without_a_listener_is_unreachable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = failure(&format!("tcp://127.0.0.1:{port}")).await;
    assert_told(&error, Code::EngineUnreachable, "refused", "nothing listens", "host and port");
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_unreachable() {
    // Longer than a name may be, so that no name server is asked.
    let host = "x".repeat(64);
    let error = failure(&format!("tcp://{host}:2375")).await;
    assert_told(&error, Code::EngineUnreachable, "network", &host, "check the engine's address");
}

/// Root may connect to any socket, so this connects as the user nobody.
#[tokio::test]
async fn a_socket_without_permission_is_denied() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let path = directory.path().join("docker.sock");
    let server = Fake::socket(&path, Manner::Says(pong()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let host = server.address.clone();
    let error = as_nobody(move || failure_of(&host)).await;
    let group = "--group-add";
    assert_told(&error, Code::EnginePermissionDenied, "denied", "may not access", group);
    assert!(error.advice().unwrap().contains("docker $USER"));
}

fn failure_of(host: &str) -> Error {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Engine::connect(&at(host))).unwrap_err()
}

/// Runs something on a thread that accesses files as the user nobody.
async fn as_nobody<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        nix::unistd::setfsuid(65534.into());
        let _ = done.send(work());
    });
    result.await.unwrap()
}

#[tokio::test]
async fn an_address_of_another_operating_system_is_unsupported() {
    let error = Engine::connect(&at("npipe:////./pipe/docker_engine")).await.unwrap_err();
    assert_eq!(error.code(), Code::EngineUnsupported);
}

#[tokio::test]
async fn a_call_after_the_engine_has_stopped_names_the_call_and_the_cause() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker.sock");
    let server = Fake::socket(&path, Manner::Says(pong()));
    let engine = Engine::connect(&at(&server.address)).await.unwrap();
    fs::remove_file(&path).unwrap();
    let error = system::version(&engine).await.unwrap_err();
    assert_told(&error, Code::EngineUnreachable, "missing", "report its version", "install");
    assert_eq!(error.details()["address"], server.address.as_str());
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_an_engine_error() {
    let server = Fake::tcp(Manner::Says(pong())).await;
    let engine = Engine::connect(&at(&server.address)).await.unwrap();
    let error = system::version(&engine).await.unwrap().field("ApiVersion").unwrap_err();
    assert_eq!(error.code(), Code::EngineError);
    assert!(error.message().contains("could not parse"), "{error}");
}
