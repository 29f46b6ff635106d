use std::{collections::BTreeMap, io::ErrorKind, path::Path};

use serde::Deserialize;

use super::{credentials::Credentials, server::host};
use crate::{
    error::{Error, Result},
    hostfs::{MAX_SETTINGS, read_small},
};

/// The configuration of Docker's client.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub struct Configuration {
    auths: BTreeMap<String, Credentials>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

impl Configuration {
    /// Reads it. One that does not exist, is empty, or belongs to another user who lets nobody read it, is one without
    /// credentials, as for Docker's client.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for anything else than Docker writes.
    pub fn read(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let wrong = |why: &str| {
            Error::invalid("DOCKER_CONFIG", format!("could not read the Docker configuration {file}: {why}"))
        };
        let text = match read_small(path, MAX_SETTINGS) {
            Ok(text) => text,
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied => {
                    return Ok(Self::default());
                }
                _ => return Err(wrong(&error.to_string())),
            },
        };
        if text.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        // What the parser says may quote a secret.
        let mut read: Self = serde_json::from_slice(&text).map_err(|error| {
            wrong(&format!("not what Docker writes, from line {} column {}", error.line(), error.column()))
        })?;
        for (server, credentials) in std::mem::take(&mut read.auths) {
            let decoded = credentials.decoded().map_err(|why| wrong(&format!("auths[{server:?}]: {why}")))?;
            read.auths.insert(server, decoded);
        }
        Ok(read)
    }

    /// The credential helper for a registry.
    pub fn helper(&self, server: &str) -> Option<&str> {
        let named = self.cred_helpers.get(server).unwrap_or(&self.creds_store);
        (!named.is_empty()).then_some(named)
    }

    /// The helper for all registries that have none of their own.
    pub fn store(&self) -> Option<&str> {
        (!self.creds_store.is_empty()).then_some(&self.creds_store)
    }

    /// The registries with helpers of their own.
    pub fn helped(&self) -> impl Iterator<Item = &str> {
        self.cred_helpers.keys().map(String::as_str)
    }

    /// The registries that the file itself has credentials for.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        self.auths.keys().map(String::as_str)
    }

    /// What the file itself has for a registry, which it names as a host or as a URL.
    pub fn own(&self, server: &str) -> Credentials {
        let same = |(name, _): &(&String, &Credentials)| host(name) == host(server);
        let found = self.auths.get(server).or_else(|| self.auths.iter().find(same).map(|(_, own)| own));
        found.cloned().unwrap_or_default().of(server)
    }
}
