//! What a sandbox may reach, by name: the type and its validation. Nothing enforces it yet.

use std::net::IpAddr;

use crate::error::{Error, Result};

/// What may be reached, and what may not although it may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    /// `api.example.com`, `*.example.org:443`, `10.1.0.0/16:5432`.
    pub allow: Vec<String>,
    /// The same; counts before `allow`.
    pub deny: Vec<String>,
}

impl NetworkPolicy {
    /// Refuses rules that are none.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the rule.
    pub fn validate(&self) -> Result<()> {
        self.allow.iter().chain(&self.deny).try_for_each(|rule| validate(rule))
    }
}

fn validate(rule: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::invalid("policy", format!("policy: {rule:?} {why}")));
    let (place, port) = split(rule);
    if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return refuse("has a port that is none");
    }
    if let Some((address, prefix)) = place.split_once('/') {
        let most = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return refuse("is no range of addresses"),
        };
        return if prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most) {
            Ok(())
        } else {
            refuse("is no range of addresses")
        };
    }
    if place.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let name = place.strip_prefix("*.").unwrap_or(place);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    // A name of digits alone is an address that somebody has misspelt.
    let named =
        name.split('.').next_back().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()));
    if name.len() > 253 || !named || !name.split('.').all(label) {
        return refuse("is neither a host, as in *.example.org:443, nor an address or range of addresses");
    }
    Ok(())
}

/// A place and a port. An address of IPv6 with a port stands in brackets.
fn split(rule: &str) -> (&str, Option<&str>) {
    if let Some((place, rest)) = rule.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (place, rest.strip_prefix(':'));
    }
    match rule.rsplit_once(':') {
        Some((place, port)) if !place.contains(':') => (place, Some(port)),
        _ => (rule, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_hosts_addresses_and_ranges() {
        let good = [
            "api.example.com",
            "*.example.org:443",
            "10.1.0.0/16:5432",
            "10.0.0.1",
            "10.0.0.1:80",
            "::1",
            "[::1]:80",
            "fd00::/8",
            "[fd00::/8]:53",
            "localhost",
            "xn--bcher-kva.example",
            "_dmarc.example.com",
        ];
        for rule in good {
            validate(rule).unwrap();
        }
        let bad = [
            "",
            "*",
            "*.",
            "a..b",
            "-a.example",
            "a b",
            "http://example.com",
            "example.com:0",
            "example.com:99999",
            "example.com:http",
            "10.0.0.0/33",
            "10.0.0.256",
            "*.*.example",
            "ex*mple.com",
            "example.com/path",
            "fd00::/129",
        ];
        for rule in bad {
            assert!(validate(rule).is_err(), "{rule}");
        }
    }
}
