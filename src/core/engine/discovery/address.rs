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
    /// A named pipe of Windows, as in `\\.\pipe\docker_engine`.
    Pipe(String),
    /// A TCP port.
    Tcp {
        /// A name or an IP address; one of version 6 is in brackets.
        host: String,
        /// The port.
        port: u16,
        /// Whether TLS is spoken there.
        tls: bool,
    },
}

const FORMS: &str = "unix:///var/run/docker.sock, tcp://host:2375, https://host:2376 or \
                     npipe:////./pipe/docker_engine";

impl Address {
    /// Reads an address; `argument` is what it was given as, `tls` whether TLS material came with it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for what is no address, `ENGINE_UNSUPPORTED` for `ssh://` and `fd://`.
    pub fn parse(argument: &'static str, text: &str, tls: bool) -> Result<Self> {
        let wrong = |why: &str| invalid(argument, text, why);
        if text.chars().any(char::is_control) {
            return Err(wrong("it has a control character in it"));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return bare(text).ok_or_else(|| wrong("it does not begin with unix://, tcp:// or the like"));
        };
        let tcp = |tls, port| network(rest, tls, port).map_err(wrong);
        match scheme.to_ascii_lowercase().as_str() {
            "unix" if rest.starts_with('/') => Ok(Self::Socket(rest.into())),
            "unix" => Err(wrong("the path of a Unix socket begins with a slash, as in unix:///run/x.sock")),
            "npipe" => pipe(rest).ok_or_else(|| wrong("a named pipe is written npipe:////./pipe/name")),
            "tcp" => tcp(tls, if tls { 2376 } else { 2375 }),
            "https" => tcp(true, 443),
            "http" if tls => Err(wrong("http:// is without TLS, and certificates are given: write https://")),
            "http" => tcp(false, 80),
            "ssh" => Err(unsupported(argument, "an engine over ssh:// is not supported").hint(
                "forward its socket, `ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock user@host`, and use \
                 unix:///tmp/engine.sock; or use a Docker context whose endpoint is tcp:// with TLS",
            )),
            "fd" => Err(unsupported(
                argument,
                "fd:// is where an engine listens for its service manager, not an address",
            )
            .hint("use the socket's path, mostly unix:///var/run/docker.sock")),
            _ => Err(wrong("its scheme is not known")),
        }
    }

    /// Whether the bytes stay on this machine.
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

/// As it could have been written.
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

fn bare(text: &str) -> Option<Address> {
    if text.starts_with('/') { Some(Address::Socket(text.into())) } else { pipe(text) }
}

fn pipe(text: &str) -> Option<Address> {
    let path = text.replace('/', "\\");
    let name = path.strip_prefix(r"\\.\pipe\")?;
    (!name.is_empty()).then_some(Address::Pipe(path))
}

fn network(rest: &str, tls: bool, default: u16) -> std::result::Result<Address, &'static str> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return Err("an engine takes no user and password");
    }
    if rest.contains(['/', '?', '#']) {
        return Err("an engine has no path, query or fragment");
    }
    // The colons of an IPv6 address are in brackets; the last one outside of them is the port's.
    let (host, port) = match rest.rfind(':').filter(|&colon| !rest[colon..].contains(']')) {
        Some(colon) => (&rest[..colon], Some(&rest[colon + 1..])),
        None => (rest, None),
    };
    let port = match port {
        None => default,
        Some(text) => port_number(text).ok_or("its port is not a number from 1 to 65535")?,
    };
    let host = match host {
        // Docker's own client takes `tcp://:2375` for this machine.
        "" if rest.starts_with(':') => "localhost",
        "" => return Err("it names no host"),
        host if is_host(host) => host,
        _ => return Err("its host is neither a name nor an IP address (IPv6 in brackets)"),
    };
    Ok(Address::Tcp { host: host.to_ascii_lowercase(), port, tls })
}

fn port_number(text: &str) -> Option<u16> {
    // `parse` alone would take "+2375" as well.
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
    // What stands before an @ may be a password, and a message ends in logs.
    let shown = if text.contains('@') { String::new() } else { format!(" {:?}", shortened(text)) };
    Error::invalid(argument, format!("{argument}{shown} is not the address of an engine: {why}"))
        .hint(format!("write it as {FORMS}"))
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

fn unsupported(argument: &'static str, message: &'static str) -> Error {
    Error::new(Code::EngineUnsupported, message).detail("argument", argument)
}
