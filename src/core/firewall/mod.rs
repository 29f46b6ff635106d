//! The packet filter of this machine: what sandboxes with a network can't reach, whatever their code does.
//!
//! The kernel is asked over netlink (`nf_tables`), without a program of the host. See docs/decisions.

mod access;
mod addresses;
mod bridge;
mod expressions;
mod guard;
mod message;
mod netlink;
mod resolvers;
mod rules;
mod table;

pub use access::HostAccess;
pub(crate) use bridge::{access_of, bridge_name, is_here};
pub(crate) use guard::{bridge_filter_is_off, enforce, has_bridge_filter, hold, rehearse};
