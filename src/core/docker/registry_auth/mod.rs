//! Credentials for image registries, found as Docker's client finds them.

mod configuration;
mod credentials;
mod helper;
mod lookup;
mod server;
#[cfg(test)]
mod tests;

pub use credentials::Credentials;
pub use lookup::{Found, for_build, for_image, logins, nobody};
