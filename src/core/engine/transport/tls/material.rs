use std::{fs, path::Path, sync::Arc};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};

use super::TlsOptions;
use crate::error::{Error, Result};

/// One PEM text, and where it comes from.
#[derive(Clone)]
struct Pem {
    argument: &'static str,
    origin: String,
    text: Arc<[u8]>,
}

/// The certificates and the key for one engine, read but not yet understood.
#[derive(Clone, Default)]
pub struct Material {
    ca: Option<Pem>,
    cert: Option<Pem>,
    key: Option<Pem>,
    /// Take any certificate from the engine: only where a Docker context says so.
    pub skip_verify: bool,
}

impl Material {
    /// What the caller gave.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a file that can't be read.
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

    /// What is in a directory of Docker's client: `ca.pem`, `cert.pem` and `key.pem`, each if it is there.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a file that is there and can't be read.
    pub fn of_directory(directory: &Path) -> Result<Self> {
        let read = |argument, name| {
            let file = directory.join(name);
            // An error of any other kind than absence has to be seen, and comes from reading.
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

    /// Whether there is nothing that asks for TLS.
    pub fn is_empty(&self) -> bool {
        self.ca.is_none() && self.cert.is_none() && self.key.is_none() && !self.skip_verify
    }

    /// The authorities to trust; none if that is left to the system.
    pub(super) fn authorities(&self) -> Result<Option<Vec<CertificateDer<'static>>>> {
        self.ca.as_ref().map(Pem::certificates).transpose()
    }

    /// The certificate to show, with its chain, and its key.
    pub(super) fn identity(&self) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>> {
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Ok(Some((cert.certificates()?, key.key()?))),
            (None, None) => Ok(None),
            (Some(cert), None) => Err(cert.wrong("has no key beside it: both are needed, or none")),
            (None, Some(key)) => Err(key.wrong("has no certificate beside it: both are needed, or none")),
        }
    }

    /// Where the parts come from, for people.
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
        match fs::read(file) {
            Ok(text) => Ok(Self { argument, origin, text: text.into() }),
            Err(error) => Err(Error::invalid(argument, format!("{origin} can't be read: {error}"))
                .hint("give the path of a PEM file that this process may read, or the PEM text itself")),
        }
    }

    /// Every certificate, in its order: one in the middle that is passed over would break a chain.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let found: std::result::Result<Vec<_>, pem::Error> =
            CertificateDer::pem_slice_iter(&self.text).collect();
        match found {
            Ok(found) if found.is_empty() => Err(self.wrong("has no certificate in it")),
            Ok(found) => Ok(found),
            Err(error) => Err(self.wrong(&format!("is not valid PEM: {error}"))),
        }
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>> {
        PrivateKeyDer::from_pem_slice(&self.text).map_err(|error| match error {
            pem::Error::NoItemsFound if self.is_encrypted() => {
                self.wrong("has an encrypted key in it: take the password off, as with `openssl pkey`")
            }
            pem::Error::NoItemsFound => self.wrong("has no private key in it"),
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
