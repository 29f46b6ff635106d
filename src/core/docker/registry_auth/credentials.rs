use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What is known about an account of a registry, as the configuration and the engine name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credentials {
    #[serde(skip_serializing_if = "String::is_empty")]
    username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    password: String,
    /// User name and password in base64. Only in the configuration.
    #[serde(skip_serializing)]
    auth: String,
    /// A token of an OAuth login, in place of a password.
    #[serde(skip_serializing_if = "String::is_empty")]
    identitytoken: String,
    /// A token that the registry takes as it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    registrytoken: String,
    /// The registry's name in the configuration.
    #[serde(skip_deserializing)]
    serveraddress: String,
}

impl Credentials {
    /// Those of a caller: a user name and a password, or one of the tokens.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if there is nothing to log in with.
    pub fn given(
        username: Option<String>,
        password: Option<String>,
        identity_token: Option<String>,
        registry_token: Option<String>,
    ) -> Result<Self, Error> {
        let wrong = |what: &str| Err(Error::invalid("auth", format!("auth must have {what}")));
        if identity_token.is_none() && registry_token.is_none() {
            match (&username, &password) {
                (Some(name), Some(_)) if !name.is_empty() => {}
                _ => return wrong("username and password, identityToken, or registryToken"),
            }
        }
        Ok(Self {
            username: username.unwrap_or_default(),
            password: password.unwrap_or_default(),
            identitytoken: identity_token.unwrap_or_default(),
            registrytoken: registry_token.unwrap_or_default(),
            ..Self::default()
        })
    }

    /// Splits `auth` into user name and password.
    ///
    /// # Errors
    /// What is wrong with it, without a quotation.
    pub(super) fn decoded(mut self) -> Result<Self, &'static str> {
        if self.auth.is_empty() {
            return Ok(self);
        }
        let bytes = STANDARD.decode(&self.auth).map_err(|_| "auth is not base64")?;
        let text = String::from_utf8(bytes).map_err(|_| "auth is not UTF-8")?;
        let (username, password) = text
            .split_once(':')
            .filter(|(username, _)| !username.is_empty())
            .ok_or("auth has no user name")?;
        username.clone_into(&mut self.username);
        password.trim_matches('\0').clone_into(&mut self.password);
        self.auth.clear();
        Ok(self)
    }

    /// These under the name of a registry.
    pub(super) fn of(mut self, server: &str) -> Self {
        server.clone_into(&mut self.serveraddress);
        self
    }

    /// These with a user name and password, or token, in place of their own.
    pub(super) fn with(mut self, username: String, password: String, identitytoken: String) -> Self {
        (self.username, self.password, self.identitytoken) = (username, password, identitytoken);
        self
    }

    /// A user name and a password; a token is a password without a user name.
    pub(super) fn login(&self) -> (String, String) {
        if self.identitytoken.is_empty() {
            return (self.username.clone(), self.password.clone());
        }
        (String::new(), self.identitytoken.clone())
    }

    /// Whether there is anything to log in with.
    pub(super) fn is_empty(&self) -> bool {
        [&self.username, &self.password, &self.identitytoken, &self.registrytoken]
            .into_iter()
            .all(String::is_empty)
    }
}

/// The form of a header's value.
pub fn header(value: &impl Serialize) -> String {
    URL_SAFE.encode(serde_json::to_vec(value).unwrap_or_default())
}
