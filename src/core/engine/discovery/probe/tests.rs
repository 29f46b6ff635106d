use std::time::Instant;

use futures_util::future::join_all;

use super::*;
use crate::engine::{
    Engine,
    testing::{Fake, Manner, at, http, pong},
};

const HTML: &str = "<html><body>It works!</body></html>";

#[tokio::test]
async fn a_server_that_is_not_an_engine_is_named_as_such() {
    for (answer, reason, said) in [
        (http("200 OK", "Content-Type: text/html", HTML), "not-docker", "HTTP 200 OK with text/html"),
        (
            http("200 OK", "Content-Type: text/plain", "OK"),
            "not-docker",
            "does not look like a Docker engine",
        ),
        (http("200 OK", "Api-Version: banana", "OK"), "not-docker", "does not look like a Docker engine"),
        (http("302 Found", "Location: /login", ""), "not-docker", "HTTP 302"),
        (http("404 Not Found", "Content-Type: text/html", HTML), "not-docker", "HTTP 404"),
        (http("500 Internal Server Error", "Content-Type: text/html", HTML), "not-docker", "HTTP 500"),
        (http("404 Not Found", "X: y", r#"{"message":"Not Found"}"#), "not-docker", "HTTP 404"),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n".to_vec(), "not-docker", "does not speak HTTP"),
        (vec![0x15, 3, 1, 0, 2, 2, 70], "not-docker", "does not speak HTTP"),
        (vec![], "cut", "closed before"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nO".to_vec(), "cut", "closed before"),
        (http("400 Bad Request", "", "Client sent an HTTP request to an HTTPS server.\n"), "tls", "only TLS"),
    ] {
        let server = Fake::tcp(Manner::Says(answer)).await;
        let error = Engine::connect(&at(&server.address)).await.unwrap_err();
        assert_eq!(error.code(), Code::EngineUnreachable, "{error}");
        assert_eq!(error.details()["reason"], reason, "{error}");
        assert!(error.message().contains(said), "{said}: {error}");
        assert!(error.message().contains(&server.address), "{error}");
        assert!(error.advice().is_some());
    }
}

#[tokio::test]
async fn an_engine_that_answers_with_an_error_is_quoted() {
    let answer =
        http("500 Internal Server Error", "Content-Type: application/json", r#"{"message":"no space left"}"#);
    let server = Fake::tcp(Manner::Says(answer)).await;
    let error = Engine::connect(&at(&server.address)).await.unwrap_err();
    assert_eq!(error.code(), Code::EngineError);
    assert!(error.message().contains("no space left"), "{error}");
    assert_eq!(error.details()["status"], 500);
}

#[tokio::test]
async fn a_refusal_by_a_proxy_is_a_permission_error() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let server = Fake::tcp(Manner::Says(http(status, "Content-Type: text/html", HTML))).await;
        let error = Engine::connect(&at(&server.address)).await.unwrap_err();
        assert_eq!(error.code(), Code::EnginePermissionDenied);
        assert!(error.message().contains(status), "{error}");
    }
}

#[tokio::test]
async fn an_engine_that_hangs_is_a_timeout_and_leaves_no_connection() {
    let head = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n".to_vec();
    let half = [&head[..], b"Content-Length: 100\r\n\r\nOK"].concat();
    let chunk = [&head[..], b"Transfer-Encoding: chunked\r\n\r\n5\r\nOK"].concat();
    for manner in [
        Manner::Silent,
        Manner::Stalls(head.clone()),
        Manner::Stalls(half.clone()),
        Manner::Stalls(chunk),
        Manner::Drips(half),
    ] {
        let server = Fake::tcp(manner).await;
        let options =
            crate::engine::EngineOptions { timeout: Duration::from_millis(200), ..at(&server.address) };
        let begun = Instant::now();
        let tries = join_all((0..50).map(|_| Engine::connect(&options))).await;
        assert!(begun.elapsed() < Duration::from_secs(2));
        for error in tries.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.code(), Code::Timeout, "{error}");
            assert_eq!(error.details()["address"], server.address.as_str());
            assert_eq!(error.details()["timeout"], 200);
        }
        assert!(server.forgotten().await, "a connection is left open");
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let head = b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 100000000\r\n\r\n".to_vec();
    let server = Fake::tcp(Manner::Floods(head)).await;
    let error = Engine::connect(&at(&server.address)).await.unwrap_err();
    assert_eq!(error.code(), Code::EngineUnreachable);
    assert!(error.message().contains("too long"), "{error}");
    assert!(server.forgotten().await, "a connection is left open");
}

#[tokio::test]
async fn an_engine_that_cannot_run_sandboxes_is_unsupported() {
    for (headers, said) in [
        ("Api-Version: 1.39\r\nOstype: linux", "1.40"),
        ("Api-Version: 1.41\r\nOstype: windows", "windows containers"),
    ] {
        let server = Fake::tcp(Manner::Says(http("200 OK", headers, "OK"))).await;
        let error = Engine::connect(&at(&server.address)).await.unwrap_err();
        assert_eq!(error.code(), Code::EngineUnsupported);
        assert!(error.message().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_answers_a_ping_like_an_engine_is_accepted() {
    let server = Fake::tcp(Manner::Says(pong())).await;
    let engine = Engine::connect(&at(&server.address)).await.unwrap();
    assert_eq!(engine.address().to_string(), server.address);
}

#[test]
fn versions_are_compared_by_number() {
    let version = |text: &str| text.parse::<ApiVersion>().unwrap();
    assert!(version("1.9") < OLDEST && version("1.40") == OLDEST && version("1.100") > OLDEST);
    assert!(version("2.0") > version("1.53"));
    for text in ["", "x", "1.x", "1.40.1", "-1.0"] {
        assert!(text.parse::<ApiVersion>().is_err(), "{text}");
    }
}
