use std::time::Duration;

use serde_json::Value;

use super::{
    facts::{Info, Version},
    *,
};
use crate::engine::{
    Environment,
    testing::{ANSWERS, Answers, DockerConfiguration, Fake, Manner, at, pong, somewhere, spoilt},
};

fn messages(report: &Report) -> String {
    report.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn the_engine_of_this_machine_is_described() {
    let report = doctor(&somewhere(Environment::default()), None).await;
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
    let report = serde_json::to_value(doctor(&somewhere(Environment::default()), None).await).unwrap();
    for name in ["apiVersion", "cgroupVersion", "rootless", "usernsRemap", "securityOptions", "storageDriver"]
    {
        assert!(report["engine"].get(name).is_some(), "{name} in {report}");
    }
    assert!(report["problems"].is_array() && report["tried"][0]["ok"].is_boolean());
}

#[tokio::test]
async fn a_missing_engine_is_a_report_with_what_to_do() {
    let report = doctor(&at("unix:///nonexistent/docker.sock"), None).await;
    assert!(!report.ok && report.engine.is_none());
    assert_eq!(report.tried.len(), 1);
    assert_eq!(report.tried[0].code, Some("ENGINE_UNREACHABLE"));
    assert!(report.problems[0].fatal && report.problems[0].hint.as_ref().unwrap().contains("install Docker"));
}

#[tokio::test]
async fn an_invalid_address_is_a_report_too() {
    let files = DockerConfiguration::new();
    for host in ["banana", "ssh://me@host"] {
        let report = doctor(&somewhere(files.environment(&[("DOCKER_HOST", host)])), None).await;
        assert!(!report.ok && report.engine.is_none() && report.tried.is_empty());
        assert!(report.problems[0].hint.is_some(), "{}", messages(&report));
    }
}

#[tokio::test]
async fn an_engine_that_answers_only_pings_is_reported_with_the_failed_calls() {
    let server = Fake::tcp(Manner::Says(pong())).await;
    let report = doctor(&at(&server.address), None).await;
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
    let report = doctor(&options, None).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(report.tried[0].code, Some("TIMEOUT"));
}

fn found_in(info: Value) -> String {
    let problems = findings::of_info(&serde_json::from_value(info).unwrap());
    problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
}

/// An answer of every engine, as the doctor sees it.
fn read(answers: &Answers) -> (Version, Info) {
    (serde_json::from_str(answers.version).unwrap(), serde_json::from_str(answers.info).unwrap())
}

#[test]
fn every_engine_is_named_after_its_product() {
    for answers in &ANSWERS {
        let (version, info) = read(answers);
        let (name, podman) = if answers.engine.starts_with("podman") {
            ("Podman Engine", true)
        } else {
            ("Docker Engine", false)
        };
        assert_eq!((version.name(), info.is_podman()), (Some(name), podman), "{}", answers.engine);
        assert!(answers.engine.contains(version.number.unwrap().split('+').next().unwrap()));
        for changed in spoilt(&serde_json::from_str(answers.version).unwrap()) {
            let changed: Version = serde_json::from_value(changed).unwrap();
            assert!(changed.name().is_none_or(|name| !name.is_empty()));
        }
    }
}

#[test]
fn podmans_limits_are_those_of_its_controllers() {
    let denied = serde_json::json!({
        "BuildahVersion": "1.39.3", "CgroupVersion": "2", "SecurityOptions": ["name=seccomp,profile=default"],
        "MemoryLimit": false, "SwapLimit": false, "PidsLimit": false, "CpuCfsPeriod": false, "CpuCfsQuota": false,
    });
    let said = |libpod: Value| {
        let mut info: Info = serde_json::from_value(denied.clone()).unwrap();
        info.correct(&serde_json::from_value(libpod).unwrap());
        let problems = findings::of_info(&info).into_iter().map(|problem| problem.message);
        problems.collect::<Vec<_>>().join("; ")
    };
    let with = |controllers: Value| said(serde_json::json!({ "host": { "cgroupControllers": controllers } }));
    assert_eq!(with(serde_json::json!(["cpuset", "cpu", "io", "memory", "pids"])), "");
    let rootless = with(serde_json::json!(["memory", "pids"]));
    assert!(rootless.contains("CPU time") && !rootless.contains("memory"), "{rootless}");
    assert!(with(serde_json::json!([])).contains("fork bomb"));
    // Unknown is not missing.
    for unknown in [serde_json::json!({}), serde_json::json!({ "host": 7 })] {
        assert_eq!(said(unknown), "");
    }
    assert_eq!(with(Value::Null), "");
}

#[tokio::test]
async fn an_engine_that_needs_a_file_gets_our_profile_where_it_shares_the_file_system() {
    let own = async |host: &str, info: &Info| {
        let address = crate::engine::Address::parse("host", host, false).unwrap();
        seccomp::takes_own_profile(&address, info).await
    };
    let info = |podman: bool, root: &str| {
        let version = if podman { "1.28.2".into() } else { Value::Null };
        serde_json::from_value(serde_json::json!({ "BuildahVersion": version, "DockerRootDir": root }))
            .unwrap()
    };
    assert!(own("tcp://10.0.0.1:2375", &info(false, "/nonexistent")).await);
    assert!(own("unix:///run/podman/podman.sock", &info(true, "/var")).await);
    assert!(!own("unix:///run/podman/podman.sock", &info(true, "/nonexistent")).await);
    assert!(!own("tcp://10.0.0.1:2375", &info(true, "/var")).await);
    assert!(seccomp::problem(false).is_some() && seccomp::problem(true).is_none());
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
