//! Everything that is said to Docker.

mod address;
mod client;
pub mod container;
mod context;
mod discovery;
mod doctor;
mod environment;
mod failure;
pub mod image;
pub mod network;
#[cfg(windows)]
mod pipe;
mod places;
mod probe;
mod reason;
mod search;
#[cfg(unix)]
mod socket;
mod source;
mod system;
#[cfg(test)]
mod testing;
mod tls;
pub mod volume;
mod wire;

pub use address::Address;
pub(crate) use client::is_missing;
pub use client::{Engine, EngineOptions};
pub(crate) use container::is_taken;
pub use doctor::{EngineReport, Problem, Report, Trial, doctor};
pub use environment::Environment;
pub use source::Source;
pub use tls::TlsOptions;
