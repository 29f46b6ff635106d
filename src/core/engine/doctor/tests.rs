use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::engine::{
    Environment,
    testing::{DockerConfiguration, Fake, Manner, at, pong, somewhere},
};

fn messages(report: &Report) -> String {
    report.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn the_engine_of_this_machine_is_described() {
    let report = doctor(&somewhere(Environment::default())).await;
    assert!(report.ok, "these tests need a Docker engine at /var/run/docker.sock: {}", messages(&report));
    let engine = report.engine.as_ref().unwrap();
    assert_eq!(engine.address, "unix:///var/run/docker.sock");
    assert_eq!(engine.source, "usual place");
    assert_eq!(engine.os, "linux");
    assert!(engine.version.is_some() && engine.arch.is_some() && engine.storage_driver.is_some());
    assert!(report.tried.len() > 1, "every place is listed");
    assert!(report.tried.iter().any(|trial| trial.ok && trial.address == engine.address));
}

#[tokio::test]
async fn a_report_is_written_in_camel_case() {
    let report = serde_json::to_value(doctor(&somewhere(Environment::default())).await).unwrap();
    for name in ["apiVersion", "cgroupVersion", "rootless", "usernsRemap", "securityOptions", "storageDriver"]
    {
        assert!(report["engine"].get(name).is_some(), "{name} in {report}");
    }
    assert!(report["problems"].is_array() && report["tried"][0]["ok"].is_boolean());
}

#[tokio::test]
async fn a_missing_engine_is_a_report_with_what_to_do() {
    let report = doctor(&at("unix:///nonexistent/docker.sock")).await;
    assert!(!report.ok && report.engine.is_none());
    assert_eq!(report.tried.len(), 1);
    assert_eq!(report.tried[0].code, Some("ENGINE_UNREACHABLE"));
    assert!(report.problems[0].fatal && report.problems[0].hint.as_ref().unwrap().contains("install Docker"));
}

#[tokio::test]
async fn an_invalid_address_is_a_report_too() {
    let files = DockerConfiguration::new();
    for host in ["banana", "ssh://me@host"] {
        let report = doctor(&somewhere(files.environment(&[("DOCKER_HOST", host)]))).await;
        assert!(!report.ok && report.engine.is_none() && report.tried.is_empty());
        assert!(report.problems[0].hint.is_some(), "{}", messages(&report));
    }
}

#[tokio::test]
async fn an_engine_that_answers_only_pings_is_reported_with_the_failed_calls() {
    let server = Fake::tcp(Manner::Says(pong())).await;
    let report = doctor(&at(&server.address)).await;
    assert!(!report.ok);
    assert_eq!(report.engine.as_ref().unwrap().api_version, "1.41");
    let said = messages(&report);
    assert!(said.contains("report its version") && said.contains("describe itself"), "{said}");
    assert!(said.contains("without TLS"), "{said}");
}

#[tokio::test]
async fn an_engine_that_hangs_does_not_hold_the_report() {
    let server = Fake::tcp(Manner::Silent).await;
    let options = EngineOptions { timeout: Duration::from_millis(200), ..at(&server.address) };
    let begun = std::time::Instant::now();
    let report = doctor(&options).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(report.tried[0].code, Some("TIMEOUT"));
}

fn found_in(info: Value) -> String {
    let problems = findings::of_info(&serde_json::from_value(info).unwrap());
    problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_missing_capability_is_a_problem() {
    let healthy = serde_json::json!({
        "SecurityOptions": ["name=seccomp,profile=default"], "Driver": "overlay2", "Warnings": null,
        "MemoryLimit": true, "SwapLimit": true, "PidsLimit": true, "CpuCfsPeriod": true, "CpuCfsQuota": true,
    });
    assert_eq!(found_in(healthy.clone()), "");
    for (name, value, said) in [
        ("SecurityOptions", serde_json::json!([]), "seccomp"),
        ("SecurityOptions", Value::Null, "seccomp"),
        ("SecurityOptions", serde_json::json!(["name=seccomp,profile=unconfined"]), "unconfined"),
        (
            "SecurityOptions",
            serde_json::json!(["name=seccomp,profile=builtin", "name=userns"]),
            "remaps users",
        ),
        ("Driver", "vfs".into(), "vfs"),
        ("MemoryLimit", false.into(), "memory"),
        ("SwapLimit", false.into(), "swap"),
        ("PidsLimit", false.into(), "fork bomb"),
        ("CpuCfsPeriod", false.into(), "CPU time"),
        ("CpuCfsQuota", false.into(), "CPU time"),
    ] {
        let mut info = healthy.clone();
        info[name] = value;
        assert!(found_in(info.clone()).contains(said), "{info}");
    }
}

#[test]
fn a_capability_that_is_not_mentioned_is_not_a_problem() {
    assert_eq!(found_in(serde_json::json!({ "SecurityOptions": ["name=seccomp"] })), "");
}
