//! Everything that is said to Docker.

mod client;
pub mod container;
mod discovery;
mod doctor;
pub mod exec;
mod failure;
pub mod http;
pub mod image;
pub mod network;
mod options;
mod system;
#[cfg(test)]
mod testing;
mod transport;
pub mod unused;
pub mod volume;

pub use client::Engine;
pub(crate) use client::is_missing;
pub(crate) use container::{is_missing_source, is_taken};
pub use discovery::{address::Address, environment::Environment, source::Source};
pub use doctor::{EngineReport, Problem, Report, Trial, doctor};
pub use options::EngineOptions;
pub use transport::tls::TlsOptions;
