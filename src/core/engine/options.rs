use std::time::Duration;

use super::{Environment, TlsOptions};

/// How to find the engine, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// `unix:///…`, `tcp://…`, `http(s)://…`, `npipe://…`; found by itself when it is not given.
    pub host: Option<String>,
    /// The certificates for `host`, which then speaks TLS.
    pub tls: Option<TlsOptions>,
    /// How long one call may take, unless it is one that takes long by its nature.
    pub timeout: Duration,
    /// Where an engine is looked for when `host` is not given.
    pub environment: Environment,
}

/// The environment of this process, and 10 seconds for a call.
impl Default for EngineOptions {
    fn default() -> Self {
        let environment = Environment::of_process();
        Self { host: None, tls: None, timeout: Duration::from_secs(10), environment }
    }
}
