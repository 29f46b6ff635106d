use serde_json::{Value, json};

use super::*;
use crate::{error::Code, label};

const MIB: u64 = 1024 * 1024;

fn body(json: &Value) -> Value {
    ContainerConfig::parse(&json.to_string(), &Defaults::default()).unwrap().body()
}

#[test]
fn limits_that_are_not_set_are_not_sent() {
    let host = &body(&json!({ "image": "a" }))["HostConfig"];
    for absent in ["Memory", "NanoCpus", "PidsLimit", "NetworkMode", "RestartPolicy", "StorageOpt"] {
        assert!(host.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn defaults_apply_to_limits_that_are_not_set() {
    let defaults = Defaults { memory: Some(64 * MIB), cpu_shares: Some(512), pids: Some(50) };
    let parse = |json: &Value| ContainerConfig::parse(&json.to_string(), &defaults).unwrap().body();
    let host = &parse(&json!({ "image": "a", "resourceLimits": { "pids": 7 } }))["HostConfig"];
    assert_eq!(
        (&host["Memory"], &host["CpuShares"], &host["PidsLimit"]),
        (&json!(64 * MIB), &json!(512), &json!(7))
    );
    assert_eq!(host["MemorySwap"], host["Memory"]);
}

#[test]
fn the_request_holds_what_the_configuration_says() {
    let made = body(&json!({
        "image": "a", "command": "echo hi", "env": { "A": "1" }, "ports": { "80": 0, "53/udp": { "host": "0.0.0.0", "port": 5353 } },
        "mounts": [{ "type": "tmpfs", "target": "/t", "size": "1m" }, { "type": "volume", "source": "v", "target": "/v", "readOnly": true }],
        "resourceLimits": { "memory": "1g", "cpus": 1.5, "blkioWeight": 500 }, "restartPolicy": { "name": "on-failure", "maximumRetryCount": 3 },
        "security": { "readOnly": true, "capDrop": ["ALL"], "noNewPrivileges": true },
    }));
    assert_eq!(made["Cmd"], json!(["/bin/sh", "-c", "echo hi"]));
    assert_eq!(made["Env"], json!(["A=1"]));
    assert_eq!(made["Labels"][label::MANAGED], "true");
    let host = &made["HostConfig"];
    assert_eq!(host["PortBindings"]["80/tcp"], json!([{ "HostIp": "127.0.0.1", "HostPort": "" }]));
    assert_eq!(host["PortBindings"]["53/udp"], json!([{ "HostIp": "0.0.0.0", "HostPort": "5353" }]));
    assert_eq!(host["Mounts"][0]["TmpfsOptions"]["SizeBytes"], MIB);
    assert_eq!(host["Mounts"][1]["ReadOnly"], true);
    assert_eq!(host["NanoCpus"], 1_500_000_000_u64);
    assert_eq!(host["RestartPolicy"], json!({ "Name": "on-failure", "MaximumRetryCount": 3 }));
    assert_eq!(host["SecurityOpt"], json!(["no-new-privileges"]));
}

#[test]
fn invalid_configurations_are_refused() {
    let cases = [
        json!({}),
        json!({ "image": "" }),
        json!({ "image": "../x" }),
        json!({ "image": "a", "name": "-x" }),
        json!({ "image": "a", "env": { "A=B": "" } }),
        json!({ "image": "a", "workingDir": "relative" }),
        json!({ "image": "a", "mounts": [{ "type": "bind", "source": "relative", "target": "/t" }] }),
        json!({ "image": "a", "mounts": [{ "type": "bind", "target": "/t" }] }),
        json!({ "image": "a", "mounts": [{ "type": "nfs", "source": "x", "target": "/t" }] }),
        json!({ "image": "a", "mounts": [{ "type": "tmpfs", "target": "t" }] }),
        json!({ "image": "a", "resourceLimits": { "memory": "1m" } }),
        json!({ "image": "a", "resourceLimits": { "memory": -1 } }),
        json!({ "image": "a", "resourceLimits": { "cpus": 0 } }),
        json!({ "image": "a", "resourceLimits": { "cpuShares": 1 } }),
        json!({ "image": "a", "resourceLimits": { "pids": 0 } }),
        json!({ "image": "a", "resourceLimits": { "blkioWeight": 5 } }),
        json!({ "image": "a", "restartPolicy": "sometimes" }),
        json!({ "image": "a", "restartPolicy": "always", "autoRemove": true }),
        json!({ "image": "a", "ports": { "http": 80 } }),
        json!({ "image": "a", "dns": ["dns.example"] }),
        json!({ "image": "a", "ports": { "80": { "host": "localhost", "port": 80 } } }),
        json!({ "image": "a", "ports": { "80": 1, "80/tcp": 2 } }),
        json!({ "image": "a", "resourceLimits": { "pids": null } }),
        json!({ "image": "a", "resourceLimits": { "pids": 1.5 } }),
        json!({ "image": "a", "entrypoint": "a b", "command": "c" }),
        json!({ "image": "a", "stopSignal": "SIG TERM" }),
        json!({ "image": "a", "mounts": [{ "target": "/t" }] }),
        json!({ "image": "a", "unknown": 1 }),
    ];
    for case in cases {
        let error = ContainerConfig::parse(&case.to_string(), &Defaults::default()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{case}");
    }
}
