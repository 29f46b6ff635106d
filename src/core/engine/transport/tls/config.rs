use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore,
    client::{WantsClientCert, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
};

use super::{Material, Tls, unverified::Unverified};
use crate::error::{Code, Error, Result};

impl Tls {
    /// Creates a configuration from certificates and a key.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for unusable certificates or an unusable key.
    pub fn new(material: &Material) -> Result<Self> {
        let identity = material.identity()?;
        let shows_certificate = identity.is_some();
        let trusting = trusting(material)?;
        let config = match identity {
            None => trusting.with_no_client_auth(),
            Some((chain, key)) => trusting.with_client_auth_cert(chain, key).map_err(|error| {
                Error::invalid("tls.key", format!("the key does not fit the certificate: {error}"))
                    .hint(format!("check {}", material.sources()))
            })?,
        };
        let (config, sources) = (Arc::new(config), material.sources());
        Ok(Self { config, sources, shows_certificate, verifies: !material.skip_verify })
    }
}

fn trusting(material: &Material) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Code::Internal, format!("could not set up TLS: {error}")))?;
    if material.skip_verify {
        return Ok(builder.dangerous().with_custom_certificate_verifier(unverified(provider)));
    }
    Ok(builder.with_root_certificates(roots(material)?))
}

fn unverified(provider: Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier> {
    Arc::new(Unverified(provider))
}

/// The given authorities only, or those of the system.
fn roots(material: &Material) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let Some(authorities) = material.authorities()? else {
        // Some of a system's files are often unreadable or invalid; the rest suffices.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    for authority in authorities {
        roots.add(authority).map_err(|error| {
            Error::invalid("tls.ca", format!("an authority's certificate is unusable: {error}"))
                .hint(format!("check {}", material.sources()))
        })?;
    }
    Ok(roots)
}
