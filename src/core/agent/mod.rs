//! The link to an agent: put into a container or started on this host, connected to, spoken with.

/// The agent's executable and its places in a container.
pub mod binary;
pub mod capture;
pub mod command;
pub mod copy;
pub mod file;
mod host;
mod install;
mod link;
mod socket;
mod stream;

pub use host::HostAgent;
pub use install::{Installed, Installer};
pub(crate) use link::OTHER_VERSION;
pub use link::{Link, Operation};
