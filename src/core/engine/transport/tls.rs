//! Encrypted connections to an engine, and who is trusted on them.

mod config;
mod material;
mod unverified;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

pub use material::Material;
use rustls::ClientConfig;

/// Certificates and key for an engine. Each is a PEM text or the path of a file that holds one.
///
/// Without `ca`, whom the system trusts is trusted. Without `cert` and `key`, no certificate is shown to the
/// engine.
#[derive(Clone, Default)]
pub struct TlsOptions {
    /// The authorities that are trusted, and no others.
    pub ca: Option<String>,
    /// The client's certificate, followed by the intermediate ones if there are any.
    pub cert: Option<String>,
    /// The private key of `cert`, not encrypted.
    pub key: Option<String>,
}

/// Keys don't belong into logs.
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

/// TLS as it is to be spoken with one engine.
#[derive(Clone)]
pub struct Tls {
    pub(in crate::engine) config: Arc<ClientConfig>,
    /// What to look at when the two sides don't trust each other: the files' names.
    pub(in crate::engine) sources: String,
    /// Whether a certificate is shown to the engine.
    pub(in crate::engine) shows_certificate: bool,
    /// Whether the engine's certificate is checked.
    pub(in crate::engine) verifies: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("sources", &self.sources).finish_non_exhaustive()
    }
}
