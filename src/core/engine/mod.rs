//! The Docker engine: finding it, connecting to it, and every call to it.

pub(crate) mod api;
mod client;
mod discovery;
pub(crate) mod doctor;
mod exec_stream;
mod failure;
mod features;
pub(crate) mod http;
mod image_files;
mod lenient_calls;
mod options;
pub(crate) mod own_network;
mod sandbox_network;
pub(crate) mod seccomp_file;
pub(crate) mod session;
#[cfg(test)]
mod testing;
mod transport;
pub mod unused;
mod volume_writer;

pub use client::Engine;
pub(crate) use client::{is_missing, is_missing_source, is_taken};
pub use discovery::{
    address::Address,
    environment::{Environment, NAMES as ENGINE_VARIABLES},
    source::Source,
};
pub use doctor::{EngineReport, Problem, Report, Trial, doctor};
pub use features::Features;
pub use options::EngineOptions;
pub use transport::tls::TlsOptions;

/// Containers, as sandboxes see them.
pub mod container {
    pub use super::api::container::{CPU_PERIOD, Container, Limits, Listed, State};
}

/// Processes attached through the engine.
pub mod exec {
    pub use super::exec_stream::ExecStream;
}

/// Writing to volumes.
pub mod volume {
    pub use super::volume_writer::VolumeWriter;
}
