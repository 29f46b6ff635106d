use std::{path::Path, sync::Arc};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};

use super::TlsOptions;
use crate::error::{Error, Result};
use crate::hostfs::{MAX_SETTINGS, read_small};

/// PEM text, and where it comes from.
#[derive(Clone)]
struct Pem {
    argument: &'static str,
    origin: String,
    text: Arc<[u8]>,
}

/// The certificates and key for one engine, read but not parsed yet.
#[derive(Clone, Default)]
pub struct Material {
    ca: Option<Pem>,
    cert: Option<Pem>,
    key: Option<Pem>,
    /// Whether to accept any certificate of the engine; only a Docker context can say so.
    pub skip_verify: bool,
}

impl Material {
    /// Reads the files of the options.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an unreadable file.
    pub fn of_options(options: &TlsOptions) -> Result<Self> {
        let read = |argument, value: &Option<String>| {
            value.as_deref().map(|value| Pem::of_option(argument, value)).transpose()
        };
        Ok(Self {
            ca: read("tls.ca", &options.ca)?,
            cert: read("tls.cert", &options.cert)?,
            key: read("tls.key", &options.key)?,
            skip_verify: false,
        })
    }

    /// Reads `ca.pem`, `cert.pem` and `key.pem` of a directory, as far as they exist.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an unreadable file.
    pub fn of_directory(directory: &Path) -> Result<Self> {
        let read = |argument, name| {
            let file = directory.join(name);
            // Any error other than absence must be reported; reading repeats it.
            let absent = matches!(file.try_exists(), Ok(false));
            (!absent).then(|| Pem::of_file(argument, &file)).transpose()
        };
        Ok(Self {
            ca: read("tls.ca", "ca.pem")?,
            cert: read("tls.cert", "cert.pem")?,
            key: read("tls.key", "key.pem")?,
            skip_verify: false,
        })
    }

    /// Whether nothing requires TLS.
    pub fn is_empty(&self) -> bool {
        self.ca.is_none() && self.cert.is_none() && self.key.is_none() && !self.skip_verify
    }

    /// The authorities to trust; `None` for those of the system.
    pub(super) fn authorities(&self) -> Result<Option<Vec<CertificateDer<'static>>>> {
        self.ca.as_ref().map(Pem::certificates).transpose()
    }

    /// The client certificate with its chain, and its key.
    pub(super) fn identity(&self) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>> {
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Ok(Some((cert.certificates()?, key.key()?))),
            (None, None) => Ok(None),
            (Some(cert), None) => {
                Err(cert.wrong("has no matching key: set both tls.cert and tls.key, or neither"))
            }
            (None, Some(key)) => {
                Err(key.wrong("has no matching certificate: set both tls.cert and tls.key, or neither"))
            }
        }
    }

    /// Where the parts come from, for messages.
    pub(super) fn sources(&self) -> String {
        let given = [&self.ca, &self.cert, &self.key].into_iter().flatten();
        let mut names: Vec<&str> = given.map(|pem| pem.origin.as_str()).collect();
        if self.ca.is_none() && !self.skip_verify {
            names.insert(0, "the system's trusted certificates");
        }
        names.join(", ")
    }
}

impl Pem {
    fn of_option(argument: &'static str, value: &str) -> Result<Self> {
        if value.contains("-----BEGIN") {
            let origin = format!("the option {argument}");
            return Ok(Self { argument, origin, text: value.as_bytes().into() });
        }
        Self::of_file(argument, Path::new(value))
    }

    fn of_file(argument: &'static str, file: &Path) -> Result<Self> {
        let origin = file.display().to_string();
        match read_small(file, MAX_SETTINGS) {
            Ok(text) => Ok(Self { argument, origin, text: text.into() }),
            Err(error) => Err(Error::invalid(argument, format!("could not read {origin}: {error}"))
                .hint("set it to the path of a PEM file that this process can read, or to PEM text")),
        }
    }

    /// All certificates, in order. An invalid one is an error, because leaving it out would break the chain.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let found: std::result::Result<Vec<_>, pem::Error> =
            CertificateDer::pem_slice_iter(&self.text).collect();
        match found {
            Ok(found) if found.is_empty() => Err(self.wrong("contains no certificate")),
            Ok(found) => Ok(found),
            Err(error) => Err(self.wrong(&format!("is not valid PEM: {error}"))),
        }
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>> {
        PrivateKeyDer::from_pem_slice(&self.text).map_err(|error| match error {
            pem::Error::NoItemsFound if self.is_encrypted() => {
                self.wrong("contains an encrypted key: remove its password, for example with `openssl pkey`")
            }
            pem::Error::NoItemsFound => self.wrong("contains no private key"),
            error => self.wrong(&format!("is not valid PEM: {error}")),
        })
    }

    fn is_encrypted(&self) -> bool {
        let mark = b"ENCRYPTED";
        self.text.windows(mark.len()).any(|window| window == mark)
    }

    pub(super) fn wrong(&self, why: &str) -> Error {
        Error::invalid(self.argument, format!("{} {why}", self.origin))
    }
}
