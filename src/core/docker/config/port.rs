use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// A port of the host, or a port of one of its addresses.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Port {
    Number(u16),
    Place { host: String, port: u16 },
}

impl Port {
    /// The binding as the engine takes it. Port 0 is chosen by the engine.
    pub fn binding(&self) -> Value {
        // Loopback by default: a port that the whole network can reach must be asked for.
        let (host, port) = match self {
            Self::Number(port) => ("127.0.0.1", port),
            Self::Place { host, port } => (host.as_str(), port),
        };
        let port = if *port == 0 { String::new() } else { port.to_string() };
        json!({ "HostIp": host, "HostPort": port })
    }
}

/// Parses a container's port, such as `8080`, `8080/tcp` or `53/udp`; `tcp` by default.
pub fn port_name(name: &str) -> Result<String> {
    let (number, protocol) = name.split_once('/').unwrap_or((name, "tcp"));
    let known =
        number.parse::<u16>().is_ok_and(|number| number > 0) && matches!(protocol, "tcp" | "udp" | "sctp");
    if known {
        Ok(format!("{number}/{protocol}"))
    } else {
        Err(Error::invalid("ports", format!("ports: {name:?} is not a port such as '8080' or '53/udp'")))
    }
}
