//! What sandboxes on one of our networks can reach.

use std::net::Ipv4Addr;

use super::{
    access::HostAccess,
    addresses::METADATA,
    bridge::prefix,
    expressions::{
        Compare, Step, Verdict, came_in_on, decide, is_for, is_for_port, is_for_this_machine, is_in_state,
        is_not_ipv4, is_over,
    },
};

/// The chain that sees every packet before it is routed.
pub const ARRIVING: &str = "arriving";
/// The chain for packets that may pass.
pub const PASSING: &str = "passing";
/// The set that counts the connections of each sandbox.
pub const CONNECTIONS: &str = "connections";

/// How many connections a sandbox may have in the kernel's table. Those of 256 sandboxes fit into the usual 262,144 entries.
/// Ended connections stay there for up to 2 minutes.
const MOST: u32 = 1024;

const TCP: u8 = 6;
const UDP: u8 = 17;
const DNS: u16 = 53;

/// The states of a connection, as bits.
const ESTABLISHED: u32 = 1 << 1;
const RELATED: u32 = 1 << 2;
const NEW: u32 = 1 << 3;

/// A rule of a chain.
#[derive(Debug)]
pub struct Rule {
    /// The chain.
    pub chain: &'static str,
    /// What it looks at, and its decision.
    pub steps: Vec<Step>,
}

/// The rules for all networks of a kind. `resolvers` are the name servers that the engine asks for its containers.
pub fn rules(host: HostAccess, resolvers: &[Ipv4Addr]) -> Vec<Rule> {
    let arriving = |matches: Vec<Step>, verdict| rule(ARRIVING, matches, verdict);
    let mut rules = vec![
        arriving(came_in_on(Compare::Different, prefix(host)), Verdict::Accept),
        // Nothing on our networks has an address in IPv6.
        arriving(is_not_ipv4(), Verdict::Drop),
    ];
    // Some clouds, and some hosts, resolve names at an address that is denied below. The engine asks from within the container.
    for address in resolvers {
        for protocol in [TCP, UDP] {
            rules.push(arriving(is_for_port(*address, protocol, DNS), Verdict::Goto(PASSING)));
        }
    }
    rules.extend(METADATA.map(|prefix| arriving(is_for(prefix), Verdict::Drop)));
    // The host may connect to a sandbox, which then answers.
    rules.push(arriving(is_in_state(ESTABLISHED | RELATED), Verdict::Accept));
    if host == HostAccess::Deny {
        rules.push(arriving(is_for_this_machine(), Verdict::Drop));
    }
    rules.push(arriving(Vec::new(), Verdict::Goto(PASSING)));
    rules.push(rule(PASSING, [is_in_state(NEW), is_over(MOST, CONNECTIONS)].concat(), Verdict::Drop));
    rules
}

fn rule(chain: &'static str, matches: Vec<Step>, verdict: Verdict) -> Rule {
    Rule { chain, steps: [matches, decide(verdict)].concat() }
}
