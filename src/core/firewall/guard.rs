//! Keeping the rules for our networks in place.

use std::{fs, io, net::Ipv4Addr};

use super::{
    access::HostAccess,
    bridge::{access_of, bridges, is_here},
    message::{Attributes, name},
    netlink::{DELETE_TABLE, Intent, List, Netlink},
    resolvers::resolvers,
    table::{PREFIX, Table, present},
};

/// Makes the rules hold for every network of ours in this process's network namespace. May block.
///
/// # Errors
/// Those of the kernel: `EPERM` for a process that may not.
pub fn enforce() -> io::Result<()> {
    let tables = tables(&bridges(), &resolvers());
    if tables.is_empty() {
        return Ok(());
    }
    let mut netlink = Netlink::open()?;
    let present = match present(&mut netlink) {
        // Rules that may be there are made again.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Vec::new(),
        present => present?,
    };
    let missing: Vec<_> = tables.iter().filter(|table| !table.is_in(&present)).collect();
    if !missing.is_empty() {
        sweep(&mut netlink)?;
    }
    missing.into_iter().try_for_each(|table| netlink.batch(&table.requests(), Intent::CarryOut))
}

/// Whether the rules hold for the networks with these bridges. They do not for one that is not ours, or not on this machine. May
/// block.
///
/// # Errors
/// As [`enforce`].
pub fn hold(bridges: &[String]) -> io::Result<bool> {
    let ours = bridges.iter().filter(|bridge| is_here(bridge));
    let ours: Vec<_> = ours.filter_map(|bridge| Some((bridge.clone(), access_of(bridge)?))).collect();
    if ours.len() < bridges.len() {
        return Ok(false);
    }
    let present = present(&mut Netlink::open()?)?;
    Ok(tables(&ours, &resolvers()).iter().all(|table| table.is_in(&present)))
}

/// Whether this process may make such rules, and the kernel can: they are checked and dropped. May block.
///
/// # Errors
/// As [`enforce`].
pub fn rehearse() -> io::Result<()> {
    let table = Table::new("rehearsal", HostAccess::Deny, &resolvers());
    Netlink::open()?.batch(&table.requests(), Intent::Check)
}

/// Whether the kernel leaves packets between containers of one network out of the packet filter.
pub fn bridge_filter_is_off() -> bool {
    let setting = fs::read_to_string("/proc/sys/net/bridge/bridge-nf-call-iptables");
    setting.is_ok_and(|setting| setting.trim() == "0")
}

fn tables(bridges: &[(String, HostAccess)], resolvers: &[Ipv4Addr]) -> Vec<Table> {
    bridges.iter().map(|(bridge, host)| Table::new(bridge, *host, resolvers)).collect()
}

/// Deletes the tables of networks that were removed.
fn sweep(netlink: &mut Netlink) -> io::Result<()> {
    let tables = match netlink.list(List::Tables, |table| name(table, 1).map(str::to_owned)) {
        // The next one to come here sweeps.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
        tables => tables?,
    };
    for table in tables {
        if table.strip_prefix(PREFIX).is_some_and(|bridge| !is_here(bridge)) {
            // Another process may have deleted it.
            let _ = netlink.batch(&[(DELETE_TABLE, Attributes::default().name(1, &table))], Intent::CarryOut);
        }
    }
    Ok(())
}
