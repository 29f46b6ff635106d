//! The packet filter of this machine: what sandboxes with a network can't reach, whatever their code does.
//!
//! The kernel is asked over netlink (nf_tables), without a program of the host. See docs/decisions.

mod access;
mod addresses;
mod expressions;
mod guard;
mod message;
mod netlink;
mod resolvers;
mod rules;
mod table;

pub use access::HostAccess;
pub use guard::{bridge_filter_is_off, enforce, holds, is_here, rehearse};
