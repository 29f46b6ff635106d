//! Keeping the rules for our networks in place.

use std::{fs, io};

use nix::{errno::Errno, net::if_::if_nametoindex};

use super::{
    access::HostAccess,
    message::{Attributes, name},
    netlink::{DELETE_TABLE, Intent, List, Netlink},
    resolvers::resolvers,
    table::{PREFIX, Table},
};

/// Whether the network with this bridge is in this process's network namespace: otherwise its engine runs elsewhere.
pub fn is_here(bridge: &str) -> bool {
    if_nametoindex(bridge).is_ok()
}

/// Makes the rules for the network with this bridge hold, if they do not. May block.
///
/// # Errors
/// `ENODEV` when the bridge is not on this machine; those of the kernel: `EPERM` for a process that may not.
pub fn enforce(bridge: &str, host: HostAccess) -> io::Result<()> {
    let (mut netlink, table) = open(bridge, host)?;
    if table.is_there(&mut netlink)? {
        return Ok(());
    }
    sweep(&mut netlink)?;
    table.put(&mut netlink)
}

/// Whether the rules for the network with this bridge hold. May block.
///
/// # Errors
/// As [`enforce`].
pub fn holds(bridge: &str, host: HostAccess) -> io::Result<bool> {
    let (mut netlink, table) = open(bridge, host)?;
    table.is_there(&mut netlink)
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

fn open(bridge: &str, host: HostAccess) -> io::Result<(Netlink, Table)> {
    if !is_here(bridge) {
        return Err(Errno::ENODEV.into());
    }
    Ok((Netlink::open()?, Table::new(bridge, host, &resolvers())))
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
