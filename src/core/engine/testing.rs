//! What the tests of this folder share: configurations of Docker's client, and servers that are no engine.

mod certificates;
mod configuration;
mod server;

use std::time::Duration;

pub use certificates::{Authority, Leaf};
pub use configuration::DockerConfiguration;
pub use server::{Fake, Manner, http};

use crate::engine::{EngineOptions, Environment};

/// Options that name an engine and see nothing of the machine that runs the tests.
pub fn at(host: &str) -> EngineOptions {
    EngineOptions { host: Some(host.to_owned()), ..somewhere(Environment::default()) }
}

/// Options that leave the engine to an environment.
pub fn somewhere(environment: Environment) -> EngineOptions {
    EngineOptions { host: None, tls: None, timeout: Duration::from_secs(5), environment }
}

/// An engine's answer to a ping.
pub fn pong() -> Vec<u8> {
    http("200 OK", "Api-Version: 1.41\r\nOstype: linux\r\nContent-Type: text/plain", "OK")
}
