//! Keeping the rules for our networks in place.

use std::{collections::BTreeSet, fs, io, path::Path};

use super::{
    access::HostAccess,
    bridge::{access_of, is_here, kinds},
    netlink::{Intent, Netlink},
    resolvers::resolvers,
    table::{Table, present},
};

/// Makes the rules hold for every network of ours in this process's network namespace. May block.
///
/// # Errors
/// Those of the kernel: `EPERM` for a process that may not.
pub fn enforce() -> io::Result<()> {
    let tables = tables(&kinds());
    if tables.is_empty() {
        return Ok(());
    }
    let mut netlink = Netlink::open()?;
    let present = match present(&mut netlink) {
        // Rules that may be there are made again.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Vec::new(),
        present => present?,
    };
    let mut missing = tables.iter().filter(|table| !table.is_in(&present));
    missing.try_for_each(|table| netlink.batch(&table.requests(), Intent::CarryOut))
}

/// Whether the rules hold for the networks with these bridges. They do not for one that is not ours, or not on this machine. May
/// block.
///
/// # Errors
/// As [`enforce`].
pub fn hold(bridges: &[String]) -> io::Result<bool> {
    let kinds = bridges.iter().map(|bridge| access_of(bridge).filter(|_| is_here(bridge)));
    let Some(kinds) = kinds.collect::<Option<BTreeSet<_>>>() else { return Ok(false) };
    let present = present(&mut Netlink::open()?)?;
    Ok(tables(&kinds).iter().all(|table| table.is_in(&present)))
}

/// Whether this process may make such rules, and the kernel can: they are checked and dropped. May block.
///
/// # Errors
/// As [`enforce`].
pub fn rehearse() -> io::Result<()> {
    let table = Table::new(HostAccess::Deny, &resolvers());
    Netlink::open()?.batch(&table.requests(), Intent::Check)
}

/// Whether packets between containers of one network go through the packet filter.
const BRIDGE_FILTER: &str = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/// Whether the kernel can pass packets between containers of one network through the packet filter: the module is loaded.
pub fn has_bridge_filter() -> bool {
    Path::new(BRIDGE_FILTER).exists()
}

/// Whether the kernel leaves packets between containers of one network out of the packet filter.
pub fn bridge_filter_is_off() -> bool {
    let setting = fs::read_to_string(BRIDGE_FILTER);
    setting.is_ok_and(|setting| setting.trim() == "0")
}

/// The tables for these kinds of networks.
fn tables(kinds: &BTreeSet<HostAccess>) -> Vec<Table> {
    let resolvers = resolvers();
    kinds.iter().map(|host| Table::new(*host, &resolvers)).collect()
}
