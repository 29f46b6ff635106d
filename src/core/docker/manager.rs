use std::sync::Arc;

use super::cpu_samples::Samples;
use crate::{
    cancellation::Cancellation,
    engine::{Engine, EngineOptions, Environment, api::system},
    error::Result,
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
