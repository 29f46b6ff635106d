use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::{given::Given, nulls::without_nulls};
use crate::error::{Error, Result};

/// What a container is called on its network, and its addresses there; `None` if nothing was asked for.
pub fn networking(given: &Given) -> Result<Option<Value>> {
    let addresses = [&given.ipv4_address, &given.ipv6_address];
    if given.aliases.is_empty() && addresses.iter().all(|address| address.is_none()) {
        return Ok(None);
    }
    let own = given.own_network().ok_or_else(|| {
        let message =
            "aliases, ipv4Address and ipv6Address need the name or id of a network that was created";
        Error::invalid("network", message)
    })?;
    let settings = endpoint(&given.aliases, given.ipv4_address.as_deref(), given.ipv6_address.as_deref())?;
    Ok(Some(json!({ "EndpointsConfig": { own: settings } })))
}

/// What a container is called on a network, and its addresses there, as the engine takes it.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the option.
pub fn endpoint(aliases: &[String], ipv4: Option<&str>, ipv6: Option<&str>) -> Result<Value> {
    let wrong = |option, text: &str| {
        Err(Error::invalid(option, format!("{option} must be an IP address of its kind, not {text:?}")))
    };
    match (ipv4, ipv6) {
        (Some(text), _) if text.parse::<Ipv4Addr>().is_err() => return wrong("ipv4Address", text),
        (_, Some(text)) if text.parse::<Ipv6Addr>().is_err() => return wrong("ipv6Address", text),
        _ => {}
    }
    let ipam = without_nulls(json!({ "IPv4Address": ipv4, "IPv6Address": ipv6 }));
    Ok(json!({ "Aliases": aliases, "IPAMConfig": ipam }))
}
