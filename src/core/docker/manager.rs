use std::sync::Arc;

use serde_json::Value;

use super::cpu_samples::Samples;
use crate::{
    cancellation::Cancellation,
    engine::{
        Engine, EngineOptions, Environment,
        api::{raw, system},
    },
    error::{Error, Result},
    single_flight::SingleFlight,
};

/// One engine, connected on the first call.
pub struct Manager {
    options: EngineOptions,
    engine: SingleFlight<Arc<Engine>>,
    samples: Samples,
    closing: Cancellation,
}

impl Manager {
    /// Creates a manager. It does not connect yet.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        Self {
            options,
            engine: SingleFlight::default(),
            samples: Samples::default(),
            closing: Cancellation::default(),
        }
    }

    /// Closes the manager. Callers end their pending calls when [`Manager::closing`] is cancelled.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Cancelled when the manager is closed.
    #[must_use]
    pub fn closing(&self) -> &Cancellation {
        &self.closing
    }

    /// The engine's configuration and state, as JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn info(&self) -> Result<String> {
        system::info(&*self.engine().await?).await?.text()
    }

    /// The engine's version and that of its API, as JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn version(&self) -> Result<String> {
        system::version(&*self.engine().await?).await?.text()
    }

    /// Asks the engine for a sign of life; its answer.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn ping(&self) -> Result<String> {
        system::ping(&*self.engine().await?).await?.text()
    }

    /// What takes space on the engine's disk, as JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn disk_usage(&self) -> Result<String> {
        system::disk_usage(&*self.engine().await?).await?.text()
    }

    /// Sends any request to the engine's API, with query and body as JSON; the body of its answer.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; those of any call.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        query: Option<&str>,
        body: Option<&str>,
    ) -> Result<String> {
        let wrong = |name| move |error: serde_json::Error| Error::invalid(name, format!("{name}: {error}"));
        let query = query.map(serde_json::from_str).transpose().map_err(wrong("query"))?;
        let body: Option<Value> = body.map(serde_json::from_str).transpose().map_err(wrong("body"))?;
        raw::request(&*self.engine().await?, method, path, query.unwrap_or_default(), body.as_ref()).await
    }

    /// The engine, which the first call connects to.
    pub(super) async fn engine(&self) -> Result<Arc<Engine>> {
        let options = self.options.clone();
        let connect = || {
            let options = options.clone();
            async move { Box::pin(Engine::connect(&options)).await.map(Arc::new) }
        };
        self.engine.get(|_| true, connect).await
    }

    /// The environment that names the Docker configuration.
    pub(super) fn environment(&self) -> &Environment {
        &self.options.environment
    }

    /// The last measurements of containers.
    pub(super) fn samples(&self) -> &Samples {
        &self.samples
    }
}
