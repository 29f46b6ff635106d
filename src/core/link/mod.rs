//! Links to agents: installing or starting an agent, connecting to it, and every operation it offers.

pub mod binary;
pub mod capture;
pub mod command;
pub mod copy;
mod direct;
mod driver;
mod failure;
pub mod file;
pub mod fs;
mod handshake;
mod host_agent;
mod install;
mod link;
pub mod port;
pub mod process;
pub mod stats;
#[cfg(test)]
mod testing;

pub(crate) use handshake::{OTHER_VERSION, UNFIT};
pub use host_agent::HostAgent;
pub use install::{Installed, Installer};
pub use link::{Link, Operation, Permit};
