use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    path::PathBuf,
};

use crate::error::{Code, Error, Result};

#[cfg(test)]
mod tests;

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket, by its absolute path.
    Socket(PathBuf),
    /// A Windows named pipe, as in `\\.\pipe\docker_engine`.
    Pipe(String),
    /// A TCP port.
    Tcp {
        /// A host name or an IP address; IPv6 in brackets.
        host: String,
        /// The port.
        port: u16,
        /// Whether the connection uses TLS.
        tls: bool,
    },
}

const FORMS: &str = "unix:///var/run/docker.sock, tcp://host:2375, https://host:2376 or \
                     npipe:////./pipe/docker_engine";

impl Address {
    /// Parses an address. `argument` names its source for errors; `tls` says whether certificates were given with it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an invalid address; `ENGINE_UNSUPPORTED` for `ssh://` and `fd://`.
    pub fn parse(argument: &'static str, text: &str, tls: bool) -> Result<Self> {
        let wrong = |why: &str| invalid(argument, text, why);
        if text.chars().any(char::is_control) {
            return Err(wrong("it contains a control character"));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return bare(text, tls)
                .ok_or_else(|| wrong("it does not start with a scheme such as unix:// or tcp://"));
        };
        let tcp = |tls, port| network(rest, tls, port).map_err(wrong);
        match scheme.to_ascii_lowercase().as_str() {
            "unix" if rest.starts_with('/') => Ok(Self::Socket(rest.into())),
            "unix" => Err(wrong("the path of a Unix socket must start with a slash, as in unix:///run/x.sock")),
            "npipe" => pipe(rest).ok_or_else(|| wrong("a named pipe must be written as npipe:////./pipe/name")),
            "tcp" => tcp(tls, if tls { 2376 } else { 2375 }),
            "https" => tcp(true, 443),
            "http" if tls => Err(wrong("certificates were given, but http:// does not use TLS: use https://")),
            "http" => tcp(false, 80),
            "ssh" => Err(unsupported(argument, "an engine over ssh:// is not supported").hint(
                "forward the engine's socket, `ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock user@host`, and use \
                 unix:///tmp/engine.sock; or use a Docker context whose endpoint is tcp:// with TLS",
            )),
            "fd" => Err(unsupported(
                argument,
                "fd:// is for an engine's own service manager and can't be connected to",
            )
            .hint("use the socket's path, usually unix:///var/run/docker.sock")),
            _ => Err(wrong("its scheme is unknown")),
        }
    }

    /// Whether the engine listens on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Socket(_) | Self::Pipe(_) => true,
            Self::Tcp { host, .. } => {
                host == "localhost"
                    || host == "[::1]"
                    || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

/// In the form that [`Address::parse`] takes.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => write!(f, "unix://{}", path.display()),
            Self::Pipe(path) => write!(f, "npipe://{}", path.replace('\\', "/")),
            Self::Tcp { host, port, tls: false } => write!(f, "tcp://{host}:{port}"),
            Self::Tcp { host, port, tls: true } => write!(f, "https://{host}:{port}"),
        }
    }
}

/// An address without a scheme: a path, or a host with its port, as Docker's client takes it.
fn bare(text: &str, tls: bool) -> Option<Address> {
    if text.starts_with('/') {
        return Some(Address::Socket(text.into()));
    }
    let port = text.rsplit_once(':').and_then(|(_, port)| port_number(port));
    pipe(text).or_else(|| network(text, tls, port?).ok())
}

fn pipe(text: &str) -> Option<Address> {
    let path = text.replace('/', "\\");
    let name = path.strip_prefix(r"\\.\pipe\")?;
    (!name.is_empty()).then_some(Address::Pipe(path))
}

fn network(rest: &str, tls: bool, default: u16) -> std::result::Result<Address, &'static str> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return Err("it must not contain a user and password");
    }
    if rest.contains(['/', '?', '#']) {
        return Err("it must not contain a path, query or fragment");
    }
    // The colons of an IPv6 address are in brackets; the last one outside them precedes the port.
    let (host, port) = match rest.rfind(':').filter(|&colon| !rest[colon..].contains(']')) {
        Some(colon) => (&rest[..colon], Some(&rest[colon + 1..])),
        None => (rest, None),
    };
    let port = match port {
        None => default,
        Some(text) => port_number(text).ok_or("its port is not a number from 1 to 65535")?,
    };
    let host = match host {
        // Docker's client takes `tcp://:2375` for this machine.
        "" if rest.starts_with(':') => "localhost",
        "" => return Err("it has no host"),
        host if is_host(host) => host,
        _ => return Err("its host is neither a host name nor an IP address (IPv6 in brackets)"),
    };
    Ok(Address::Tcp { host: host.to_ascii_lowercase(), port, tls })
}

fn port_number(text: &str) -> Option<u16> {
    // `parse` alone would accept "+2375".
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&port| digits && port != 0)
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(version6) => version6.parse::<Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    }
}

fn invalid(argument: &'static str, text: &str, why: &str) -> Error {
    // The part before an @ may be a password, and messages end up in logs.
    let shown = if text.contains('@') { String::new() } else { format!(" {:?}", shortened(text)) };
    Error::invalid(argument, format!("{argument}{shown} is not a valid engine address: {why}"))
        .hint(format!("use a form such as {FORMS}"))
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

fn unsupported(argument: &'static str, message: &'static str) -> Error {
    Error::new(Code::EngineUnsupported, message).detail("argument", argument)
}
