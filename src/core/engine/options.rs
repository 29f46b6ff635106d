use std::time::Duration;

use super::{Environment, TlsOptions};

/// How to find the engine, and how long to wait for its answers.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The engine's address: `unix:///…`, `tcp://…`, `http(s)://…` or `npipe://…`; searched for if not set.
    pub host: Option<String>,
    /// The certificates for `host`; with them, the connection uses TLS.
    pub tls: Option<TlsOptions>,
    /// The deadline of ordinary calls; starting, stopping and the like may take two minutes.
    pub timeout: Duration,
    /// Where to search for an engine if `host` is not set.
    pub environment: Environment,
}

/// The environment of this process, and a deadline of 10 seconds.
impl Default for EngineOptions {
    fn default() -> Self {
        let environment = Environment::of_process();
        Self { host: None, tls: None, timeout: Duration::from_secs(10), environment }
    }
}
