//! The tables with the rules for our networks: one for those that may reach the host, one for those that may not. None is ever
//! changed in place.

use std::{io, net::Ipv4Addr};

use sha2::{Digest, Sha256};

use super::{
    access::HostAccess,
    message::{Attributes, attribute, name},
    netlink::{DELETE_TABLE, NEW_CHAIN, NEW_RULE, NEW_SET, NEW_TABLE, Netlink, Request},
    rules::{ARRIVING, CONNECTIONS, PASSING, Rule, rules},
};
use crate::hex::hex;

/// What the names of our tables begin with.
const PREFIX: &str = "cofferdam-";

/// Attributes of a rule.
const RULE_TABLE: u16 = 1;
const RULE_COMMENT: u16 = 7;

/// Before the packet is routed.
const BEFORE_ROUTING: u32 = 0;
/// After the kernel has found the packet's connection (-200), before it translates addresses (-100).
const PRIORITY: i32 = -150;

/// A rule that the kernel has.
pub struct Present {
    table: String,
    comment: Vec<u8>,
}

/// The rules of our tables that the kernel has.
///
/// # Errors
/// Those of [`Netlink::list_rules`].
pub fn present(netlink: &mut Netlink) -> io::Result<Vec<Present>> {
    let read = |rule: &[u8]| {
        let table = name(rule, RULE_TABLE).filter(|table| table.starts_with(PREFIX))?.to_owned();
        Some(Present { table, comment: attribute(rule, RULE_COMMENT).unwrap_or_default().to_vec() })
    };
    netlink.list_rules(read)
}

/// The table for all networks of a kind.
pub struct Table {
    name: String,
    rules: Vec<Rule>,
    comment: Vec<u8>,
}

impl Table {
    /// The table that there should be for these networks.
    pub fn new(host: HostAccess, resolvers: &[Ipv4Addr]) -> Self {
        let rules = rules(host, resolvers);
        let comment = comment(&rules);
        Self { name: format!("{PREFIX}{}", host.name()), rules, comment }
    }

    /// Whether every rule of it, and no other, is among those that the kernel has.
    pub fn is_in(&self, present: &[Present]) -> bool {
        let own: Vec<_> = present.iter().filter(|rule| rule.table == self.name).collect();
        own.len() == self.rules.len() && own.iter().all(|rule| rule.comment == self.comment)
    }

    /// The requests that put the table in the place of the one that is there, if any. At no moment is there none.
    pub fn requests(&self) -> Vec<Request> {
        let table = || Attributes::default().name(1, &self.name);
        let hook = Attributes::default().number(1, BEFORE_ROUTING).number(2, PRIORITY.cast_unsigned());
        let arriving = table().name(3, ARRIVING).nested(4, &hook).number(5, 1).name(7, "filter");
        // Filled by packets; by address; of at most 65,536 of them; the number is for this batch only.
        let size = Attributes::default().number(1, 1 << 16);
        let connections = table().name(2, CONNECTIONS).number(3, 0x20).number(4, 7).number(5, 4);
        let mut requests = vec![
            // Deleting a table that does not exist would be an error.
            (NEW_TABLE, table()),
            (DELETE_TABLE, table()),
            (NEW_TABLE, table()),
            (NEW_SET, connections.nested(9, &size).number(10, 1)),
            (NEW_CHAIN, table().name(3, PASSING)),
            (NEW_CHAIN, arriving),
        ];
        requests.extend(self.rules.iter().map(|rule| (NEW_RULE, self.request(rule))));
        requests
    }

    fn request(&self, rule: &Rule) -> Attributes {
        let steps = rule.steps.iter().fold(Attributes::default(), |steps, step| steps.nested(1, step));
        let rule = Attributes::default().name(RULE_TABLE, &self.name).name(2, rule.chain).nested(4, &steps);
        rule.bytes(RULE_COMMENT, &self.comment)
    }
}

/// The comment of every rule, in the form that `nft` shows. It stands for all rules, so that one look tells whether they are
/// complete and of this version.
fn comment(rules: &[Rule]) -> Vec<u8> {
    let all = rules.iter().flat_map(|rule| rule.steps.iter().flat_map(|step| step.0.iter().copied()));
    let hash = hex(Sha256::digest(all.collect::<Vec<_>>()).into_iter().take(8));
    let text = format!("cofferdam {hash}\0");
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[0, length], text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_rules_have_another_comment() {
        let comment = |host, resolvers: &[Ipv4Addr]| Table::new(host, resolvers).comment;
        let deny = comment(HostAccess::Deny, &[]);
        assert_eq!(deny, comment(HostAccess::Deny, &[]));
        assert_ne!(deny, comment(HostAccess::Allow, &[]));
        assert_ne!(deny, comment(HostAccess::Deny, &[Ipv4Addr::new(192, 0, 2, 1)]));
    }
}
