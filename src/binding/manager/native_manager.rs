use std::{future::Future, sync::Arc};

use cofferdam_core::{
    Error, Result,
    docker::{Defaults, Manager},
};
use napi::{
    Env,
    bindgen_prelude::{Object, ToNapiValue},
};
use napi_derive::napi;

use crate::{
    cancellation::{JsCancellation, unless_cancelled},
    error::to_js,
    options::NativeEngineOptions,
    promise::promise,
    shared::container_defaults::NativeDefaults,
    streams::closed,
};

/// The engine behind `DockerManager`, `NetworkManager` and `VolumeManager`; its descriptions are returned as JSON.
#[napi]
pub struct NativeManager {
    manager: Arc<Manager>,
    defaults: Defaults,
}

#[napi]
impl NativeManager {
    #[napi(constructor)]
    pub fn new(env: Env, engine: NativeEngineOptions, defaults: NativeDefaults) -> napi::Result<Self> {
        let create = || {
            let defaults = defaults.into_core()?;
            Ok(Self { manager: Arc::new(Manager::new(engine.into_core()?)), defaults })
        };
        create().map_err(|error: Error| to_js(env, &error))
    }

    #[napi]
    pub fn close(&self) {
        self.manager.close();
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn info<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.info().await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn version<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.version().await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn disk_usage<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.disk_usage().await })
    }

    /// `query` and `body` are JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn request<'env>(
        &self,
        env: &'env Env,
        method: String,
        path: String,
        query: Option<String>,
        body: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            manager.request(&method, &path, query.as_deref(), body.as_deref()).await
        })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn ping<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.ping().await })
    }
}

impl NativeManager {
    /// The limits for containers whose configuration sets none.
    pub(super) fn defaults(&self) -> Defaults {
        self.defaults
    }

    /// Runs one call of the core, which ends when it is cancelled or the manager is closed.
    pub(super) fn call<'env, T, F>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
        work: impl FnOnce(Arc<Manager>) -> F,
    ) -> napi::Result<Object<'env>>
    where
        T: ToNapiValue + Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let closing = self.manager.closing().clone();
        let work = work(Arc::clone(&self.manager));
        let work = async move {
            tokio::select! {
                biased;
                () = closing.cancelled() => Err(closed()),
                outcome = work => outcome,
            }
        };
        promise(env, unless_cancelled(JsCancellation::inner(cancellation), work))
    }
}
