//! TLS connections to an engine.

mod config;
mod material;
mod unverified;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

pub use material::Material;
use rustls::ClientConfig;

/// Certificates and key for an engine. Each is PEM text or the path of a PEM file.
///
/// Without `ca`, the system's authorities are trusted. Without `cert` and `key`, the client sends no certificate.
#[derive(Clone, Default)]
pub struct TlsOptions {
    /// The only authorities to trust.
    pub ca: Option<String>,
    /// The client certificate, followed by intermediate ones if needed.
    pub cert: Option<String>,
    /// The private key of `cert`, unencrypted.
    pub key: Option<String>,
}

/// Leaves out keys, which must not appear in logs.
impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = |value: &Option<String>| value.as_ref().map(|_| "…");
        f.debug_struct("TlsOptions")
            .field("ca", &given(&self.ca))
            .field("cert", &given(&self.cert))
            .field("key", &given(&self.key))
            .finish()
    }
}

/// The TLS configuration for one engine.
#[derive(Clone)]
pub struct Tls {
    pub(in crate::engine) config: Arc<ClientConfig>,
    /// The names of the files involved, for hints.
    pub(in crate::engine) sources: String,
    /// Whether the client sends a certificate.
    pub(in crate::engine) shows_certificate: bool,
    /// Whether the client checks the engine's certificate.
    pub(in crate::engine) verifies: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("sources", &self.sources).finish_non_exhaustive()
    }
}
