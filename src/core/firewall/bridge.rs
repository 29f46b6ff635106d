//! The interfaces of our networks on the engine's machine. Their names say what is theirs, so that the rules need no engine, and
//! hold for a network before its interface exists.

use std::collections::BTreeSet;

use nix::net::if_::{if_nameindex, if_nametoindex};

use super::access::HostAccess;

/// How many digits follow. The kernel takes 15 characters.
const DIGITS: usize = 7;

/// A name for the interface of a new network. `random` has at least 7 hexadecimal digits.
pub fn bridge_name(host: HostAccess, random: &str) -> String {
    format!("{}{random:.DIGITS$}", prefix(host))
}

/// What the network with this interface may reach; `None` if it is not one of ours.
pub fn access_of(bridge: &str) -> Option<HostAccess> {
    [HostAccess::Deny, HostAccess::Allow].into_iter().find(|host| {
        let digits = bridge.strip_prefix(prefix(*host));
        digits.is_some_and(|digits| {
            digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    })
}

/// Whether an interface is in this process's network namespace. That of an engine that runs elsewhere is not.
pub fn is_here(bridge: &str) -> bool {
    if_nametoindex(bridge).is_ok()
}

/// What the networks whose interfaces are in this process's network namespace may reach.
pub fn kinds() -> BTreeSet<HostAccess> {
    let Ok(interfaces) = if_nameindex() else { return BTreeSet::new() };
    interfaces.iter().filter_map(|interface| access_of(interface.name().to_str().ok()?)).collect()
}

/// What the names of the interfaces of such networks begin with.
pub const fn prefix(host: HostAccess) -> &'static str {
    match host {
        HostAccess::Deny => "coffer-d",
        HostAccess::Allow => "coffer-a",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_may_reach() {
        for host in [HostAccess::Deny, HostAccess::Allow] {
            let name = bridge_name(host, "0123456789ab");
            assert_eq!((name.len(), access_of(&name)), (15, Some(host)));
        }
        for other in
            ["docker0", "coffer-d", "coffer-d012345", "coffer-d012345g", "coffer-0123456", "br-0123456789ab"]
        {
            assert_eq!(access_of(other), None, "{other}");
        }
    }
}
