use std::{future::Future, sync::Arc};

use cofferdam_core::{
    Error, Result,
    docker::{ContainerConfig, Defaults, ManagedExec, Manager},
};
use napi::{
    Env,
    bindgen_prelude::{Either, Object, ToNapiValue},
};
use napi_derive::napi;

use crate::{
    cancellation::{JsCancellation, unless_cancelled},
    error::to_js,
    managed::{
        NativeBuildOptions, NativeChange, NativeDefaults, NativeExecuted, NativeLogOptions,
        NativeManagedExec, NativeStats,
    },
    numbers::size,
    options::NativeEngineOptions,
    output::OutputStream,
    promise::promise,
    streams::{JsonStream, LogStream, closed},
};

/// The whole engine; what it says is handed on as JSON.
#[napi]
pub struct NativeManager {
    manager: Arc<Manager>,
    defaults: Defaults,
}

#[napi]
impl NativeManager {
    #[napi(constructor)]
    pub fn new(env: Env, engine: NativeEngineOptions, defaults: NativeDefaults) -> napi::Result<Self> {
        let make = || {
            let whole =
                |option, given: Option<f64>| given.map(|value| size(option, Either::A(value))).transpose();
            let defaults = Defaults {
                memory: whole("memory", defaults.memory)?,
                cpu_shares: whole("cpuShares", defaults.cpu_shares)?,
                pids: whole("pids", defaults.pids)?,
            };
            defaults.validate()?;
            Ok(Self { manager: Arc::new(Manager::new(engine.into_core()?)), defaults })
        };
        make().map_err(|error: Error| to_js(env, &error))
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
        self.call(env, cancellation, |manager| async move { manager.look("tell of itself", "/info").await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn version<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(
            env,
            cancellation,
            |manager| async move { manager.look("tell its version", "/version").await },
        )
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn ping<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.look("answer a ping", "/_ping").await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn create<'env>(
        &self,
        env: &'env Env,
        config: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let defaults = self.defaults;
        self.call(env, cancellation, |manager| async move {
            manager.create(&ContainerConfig::parse(&config, &defaults)?).await
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn change<'env>(
        &self,
        env: &'env Env,
        id: String,
        change: NativeChange,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.change(&id, change.into_core()?).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn inspect<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.inspect(&id).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn list<'env>(
        &self,
        env: &'env Env,
        all: bool,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.list(all, filters).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn prune<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.prune(filters).await })
    }

    #[napi(ts_return_type = "Promise<number>")]
    pub fn wait<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.wait(&id).await })
    }

    #[napi(ts_return_type = "Promise<NativeStats>")]
    pub fn stats<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.stats(&id).await.map(NativeStats::from) })
    }

    #[napi(ts_return_type = "Promise<LogStream>")]
    pub fn logs<'env>(
        &self,
        env: &'env Env,
        id: String,
        options: NativeLogOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let logs = manager.logs(&id, &options.into_core()).await?;
            Ok(LogStream::new(logs, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn events<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        since: Option<f64>,
        until: Option<f64>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let events = manager.events(filters, since, until).await?;
            Ok(JsonStream::new(events, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn pull<'env>(
        &self,
        env: &'env Env,
        image: String,
        platform: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let pull = manager.pull(&image, platform.as_deref()).await?;
            Ok(JsonStream::new(pull, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn build<'env>(
        &self,
        env: &'env Env,
        options: NativeBuildOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let build = manager.build(options.into_core()).await?;
            Ok(JsonStream::new(build, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn tag<'env>(
        &self,
        env: &'env Env,
        image: String,
        name: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.tag(&image, &name).await })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn remove_image<'env>(
        &self,
        env: &'env Env,
        image: String,
        force: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.remove_image(&image, force).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn images<'env>(
        &self,
        env: &'env Env,
        all: bool,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.images(all, filters).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        id: String,
        name: Option<String>,
        message: Option<String>,
        pause: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            manager.commit(&id, name.as_deref(), message.as_deref(), pause).await
        })
    }

    #[napi(ts_return_type = "Promise<NativeExecuted>")]
    pub fn exec<'env>(
        &self,
        env: &'env Env,
        id: String,
        options: NativeManagedExec,
        cancellation: Option<&JsCancellation>,
        output: Option<&OutputStream>,
    ) -> napi::Result<Object<'env>> {
        let binary = options.binary;
        let exec = options.into_core();
        let listener = output.map(|output| output.take_sender(*env)).transpose()?;
        let cancellation = JsCancellation::inner(cancellation);
        self.call(env, None, |manager| async move {
            let executed = manager.exec(&id, ManagedExec { listener, cancellation, ..exec? }).await?;
            Ok(NativeExecuted::new(executed, binary))
        })
    }
}

impl NativeManager {
    /// One call of the core, which ends with its cancellation or with the manager.
    pub fn call<'env, T, F>(
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
