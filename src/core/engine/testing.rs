//! Shared by this folder's tests: configurations of Docker's client, and fake engines.

mod answers;
mod certificates;
mod configuration;
mod server;

use std::time::Duration;

pub use answers::{ANSWERS, Answers, spoilt};
pub use certificates::{Authority, Leaf};
pub use configuration::DockerConfiguration;
pub use server::{Fake, Manner, http};

use crate::engine::{EngineOptions, Environment};

/// Options with this engine, independent of the machine that runs the tests.
pub fn at(host: &str) -> EngineOptions {
    EngineOptions { host: Some(host.to_owned()), ..somewhere(Environment::default()) }
}

/// Options that find the engine through an environment.
pub fn somewhere(environment: Environment) -> EngineOptions {
    EngineOptions { host: None, tls: None, timeout: Duration::from_secs(5), environment }
}

/// An engine's answer to a ping.
pub fn pong() -> Vec<u8> {
    http("200 OK", "Api-Version: 1.41\r\nOstype: linux\r\nContent-Type: text/plain", "OK")
}
