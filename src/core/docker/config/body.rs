use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{
    Defaults,
    check::{absolute, environment},
    given::{Given, Security, Signal, Words},
    mount::Mount,
    nulls::without_nulls,
    port::{bindings, port_name},
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
        "Entrypoint": given.entrypoint.as_ref().map(Words::list),
        "Env": env,
        "WorkingDir": absolute("workingDir", given.working_dir.as_deref())?,
        "User": given.user,
        "Labels": labels,
        "Hostname": given.hostname,
        "Tty": given.tty,
        "OpenStdin": given.open_stdin,
        "StopSignal": given.stop_signal.as_ref().map(Signal::name).transpose()?,
        "ExposedPorts": exposed,
        "HostConfig": host_config(given, defaults, ports)?,
    })))
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

fn host_config(given: &Given, defaults: &Defaults, ports: Map<String, Value>) -> Result<Value> {
    if let Some(server) = given.dns.iter().find(|server| server.parse::<IpAddr>().is_err()) {
        return Err(Error::invalid("dns", format!("dns takes IP addresses, not {server:?}")));
    }
    let mounts = given.mounts.iter().map(Mount::body).collect::<Result<Vec<_>>>()?;
    let limits = given.resource_limits.checked(defaults)?;
    let restart = given.restart_policy.as_ref().map(|policy| policy.body(given.auto_remove)).transpose()?;
    let security = &given.security;
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
        "LogConfig": given.log_driver.as_ref().map(|driver| json!({ "Type": driver, "Config": {} })),
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

fn security_options(security: &Security) -> Vec<String> {
    let no_new_privileges = security.no_new_privileges.then(|| "no-new-privileges".to_owned());
    let seccomp = security.seccomp.as_ref().map(|profile| format!("seccomp={profile}"));
    no_new_privileges.into_iter().chain(seccomp).collect()
}
