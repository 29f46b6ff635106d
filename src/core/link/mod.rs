//! The link to an agent: put into a container or started on this host, connected to, spoken with.

/// The agent's executable and its places in a container.
pub mod binary;
pub mod capture;
pub mod command;
mod connection;
pub mod copy;
mod direct;
pub mod file;
mod host_agent;
mod install;

pub(crate) use connection::OTHER_VERSION;
pub use connection::{Link, Operation};
pub use host_agent::HostAgent;
pub use install::{Installed, Installer};
