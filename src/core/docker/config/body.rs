use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{
    Defaults,
    check::{absolute, environment},
    device::{Device, Gpus},
    endpoint::networking,
    given::{Given, Security, Signal, Words},
    health::HealthCheck,
    mount::Mount,
    nulls::without_nulls,
    port::{bindings, port_name},
    time::{SECONDS, milliseconds},
    ulimit::ulimit,
};
use crate::{
    docker::name,
    error::{Error, Result},
    label,
};

/// The body of the request that creates a container.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the field and what it allows.
pub fn body(given: &Given, defaults: &Defaults) -> Result<Value> {
    name::image(&given.image)?;
    if let Some(name) = &given.name {
        name::new_container(name)?;
    }
    environment(&given.env)?;
    let mut labels = given.labels.clone();
    labels.insert(label::MANAGED.to_owned(), "true".to_owned());
    let ports = ports(given)?;
    let exposed: Map<String, Value> = ports.keys().map(|name| (name.clone(), json!({}))).collect();
    let env: Vec<String> = given.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(without_nulls(json!({
        "Image": given.image,
        "Cmd": given.command.as_ref().map(Words::list),
        "Entrypoint": entrypoint(given)?,
        "Env": env,
        "WorkingDir": absolute("workingDir", given.working_dir.as_deref())?,
        "User": given.user,
        "Labels": labels,
        "Hostname": given.hostname,
        "Tty": given.tty,
        "OpenStdin": given.open_stdin,
        "StdinOnce": given.stdin_once,
        "StopSignal": given.stop_signal.as_ref().map(Signal::name).transpose()?,
        "ExposedPorts": exposed,
        "StopTimeout": milliseconds("stopTimeout", "stopTimeout", given.stop_timeout, SECONDS)?,
        "Healthcheck": given.health_check.as_ref().map(HealthCheck::body).transpose()?,
        "NetworkingConfig": networking(given)?,
        "HostConfig": host_config(given, defaults, &ports)?,
    })))
}

/// The entry point. As a string it is a line for a shell, which would ignore a command; the name of a program is itself.
fn entrypoint(given: &Given) -> Result<Option<Vec<String>>> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./+:".contains(&byte);
    match (&given.entrypoint, &given.command) {
        (Some(Words::Line(line)), Some(_)) if !line.bytes().all(is_name) => {
            let message = "entrypoint: a line for a shell takes no command; give the entrypoint as an array";
            Err(Error::invalid("entrypoint", message))
        }
        (Some(Words::Line(program)), Some(_)) => Ok(Some(vec![program.clone()])),
        (entrypoint, _) => Ok(entrypoint.as_ref().map(Words::list)),
    }
}

/// Where each port of the container is to be reached.
fn ports(given: &Given) -> Result<Map<String, Value>> {
    let mut ports = Map::new();
    for (name, places) in &given.ports {
        let key = port_name(name)?;
        if ports.insert(key.clone(), bindings(name, places)?.into()).is_some() {
            let message = format!("ports: {key} is given twice; use an array for several places");
            return Err(Error::invalid("ports", message));
        }
    }
    Ok(ports)
}

fn host_config(given: &Given, defaults: &Defaults, ports: &Map<String, Value>) -> Result<Value> {
    if let Some(server) = given.dns.iter().find(|server| server.parse::<IpAddr>().is_err()) {
        return Err(Error::invalid("dns", format!("dns takes IP addresses, not {server:?}")));
    }
    let mounts = given.mounts.iter().map(Mount::body).collect::<Result<Vec<_>>>()?;
    let limits = given.resource_limits.checked(defaults)?;
    let restart = given.restart_policy.as_ref().map(|policy| policy.body(given.auto_remove)).transpose()?;
    let security = &given.security;
    let devices = given.devices.iter().map(Device::body).collect::<Result<Vec<_>>>()?;
    let ulimits = given.ulimits.iter().map(|(name, limit)| ulimit(name, limit));
    let log = log_config(given)?;
    let shm_size = given.shm_size.as_ref().map(|size| size.bytes("shmSize")).transpose()?;
    Ok(json!({
        "NetworkMode": given.network,
        "PortBindings": ports,
        "Mounts": mounts,
        "Dns": given.dns,
        "RestartPolicy": restart,
        "AutoRemove": given.auto_remove,
        "Init": given.init,
        "ReadonlyRootfs": security.read_only,
        "CapDrop": security.cap_drop,
        "CapAdd": security.cap_add,
        "Privileged": security.privileged,
        "SecurityOpt": security_options(security),
        "LogConfig": log,
        "Ulimits": ulimits.collect::<Result<Vec<_>>>()?,
        "ShmSize": shm_size,
        "ExtraHosts": extra_hosts(given)?,
        "Sysctls": given.sysctls,
        "Runtime": given.runtime,
        "Devices": devices,
        "DeviceRequests": given.gpus.as_ref().map(Gpus::body).transpose()?,
        "Memory": limits.memory,
        // By default the engine adds the same amount of swap.
        "MemorySwap": limits.memory,
        "NanoCpus": limits.nano_cpus,
        "CpuShares": limits.cpu_shares,
        "PidsLimit": limits.pids,
        "BlkioWeight": limits.blkio_weight,
        "StorageOpt": limits.disk.map(|size| json!({ "size": size.to_string() })),
    }))
}

/// Names with their addresses, as in `/etc/hosts`.
fn extra_hosts(given: &Given) -> Result<Vec<String>> {
    let line = |(name, address): (&String, &String)| {
        if address != "host-gateway" && address.parse::<IpAddr>().is_err() {
            let expected = "an IP address or 'host-gateway'";
            let message = format!("extraHosts.{name} must be {expected}, not {address:?}");
            return Err(Error::invalid("extraHosts", message));
        }
        if name.is_empty() || name.contains([':', ' ', '\t', '\n']) {
            return Err(Error::invalid("extraHosts", format!("extraHosts: {name:?} is not a host name")));
        }
        Ok(format!("{name}:{address}"))
    };
    given.extra_hosts.iter().map(line).collect()
}

fn log_config(given: &Given) -> Result<Option<Value>> {
    match &given.log_driver {
        Some(driver) => Ok(Some(json!({ "Type": driver, "Config": given.log_options }))),
        None if given.log_options.is_empty() => Ok(None),
        None => {
            Err(Error::invalid("logOptions", "logOptions need a logDriver, because each driver has its own"))
        }
    }
}

fn security_options(security: &Security) -> Vec<String> {
    let no_new_privileges = security.no_new_privileges.then(|| "no-new-privileges".to_owned());
    let seccomp = security.seccomp.as_ref().map(|profile| format!("seccomp={profile}"));
    no_new_privileges.into_iter().chain(seccomp).collect()
}
