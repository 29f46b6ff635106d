use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

const FORMS: &str =
    "a port from 0 to 65535, such as 8080, '8080', '0.0.0.0:8080' or { host: '0.0.0.0', port: 8080 }";

/// The places on the engine's machine for a port of a container, as the engine takes them: one, or several in an array. Each
/// is a port, on loopback, or a port of an address. The engine chooses port 0.
///
/// # Errors
/// `INVALID_ARGUMENT`. The address must be one: an engine that can't parse it opens the port on all addresses.
pub fn bindings(name: &str, given: &Value) -> Result<Vec<Value>> {
    match given {
        Value::Array(all) if all.is_empty() => Err(wrong(name, FORMS, "an empty array")),
        Value::Array(all) => all.iter().map(|one| binding(name, one)).collect(),
        one => Ok(vec![binding(name, one)?]),
    }
}

fn binding(name: &str, given: &Value) -> Result<Value> {
    // Loopback by default: a port that the whole network can reach must be asked for.
    let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
    let (host, port) = match given {
        Value::Object(place) => {
            let host = place.get("host").map_or(Ok(loopback), |host| address(name, host))?;
            only_known(name, place)?;
            (host, port_number(place.get("port").unwrap_or(&Value::from(0))))
        }
        Value::String(text) => match text.rsplit_once(':') {
            None => (loopback, port_number(given)),
            Some((host, port)) => (pasted(name, text, host)?, port_number(&port.into())),
        },
        given => (loopback, port_number(given)),
    };
    let shown = match given {
        Value::Object(place) => place.get("port").unwrap_or(given),
        given => given,
    };
    let port = port.ok_or_else(|| wrong(name, FORMS, &shown.to_string()))?;
    let port = if port == 0 { String::new() } else { port.to_string() };
    Ok(json!({ "HostIp": host.to_canonical().to_string(), "HostPort": port }))
}

fn only_known(name: &str, place: &Map<String, Value>) -> Result<()> {
    match place.keys().find(|key| !matches!(key.as_str(), "host" | "port")) {
        Some(key) => Err(Error::invalid(
            "ports",
            format!("ports.{name}: unknown field {key:?}; known are host and port"),
        )),
        None => Ok(()),
    }
}

fn port_number(given: &Value) -> Option<u16> {
    match given {
        Value::Number(number) => number.as_u64().and_then(|number| number.try_into().ok()),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn address(name: &str, host: &Value) -> Result<IpAddr> {
    let parsed = host.as_str().and_then(|host| host.parse().ok());
    parsed.ok_or_else(|| {
        let expected = "an IP address such as '127.0.0.1', '0.0.0.0' or '::1'";
        Error::invalid("ports", format!("ports.{name}: host must be {expected}, not {host}"))
    })
}

/// The address of a text such as `[::1]:8080`.
fn pasted(name: &str, text: &str, host: &str) -> Result<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let parsed = match bare {
        Some(version6) => version6.parse().ok().filter(IpAddr::is_ipv6),
        None => host.parse().ok().filter(IpAddr::is_ipv4),
    };
    parsed.ok_or_else(|| wrong(name, FORMS, &format!("{text:?}")))
}

fn wrong(name: &str, expected: &str, given: &str) -> Error {
    Error::invalid("ports", format!("ports.{name} must be {expected}, not {given}"))
}

/// Parses a container's port, such as `8080`, `8080/tcp` or `53/udp`; `tcp` by default.
pub fn port_name(name: &str) -> Result<String> {
    let (number, protocol) = name.split_once('/').unwrap_or((name, "tcp"));
    let known = number.bytes().all(|byte| byte.is_ascii_digit())
        && number.parse::<u16>().is_ok_and(|number| number > 0)
        && matches!(protocol, "tcp" | "udp" | "sctp");
    if known {
        Ok(format!("{number}/{protocol}"))
    } else {
        Err(Error::invalid("ports", format!("ports: {name:?} is not a port such as '8080' or '53/udp'")))
    }
}
