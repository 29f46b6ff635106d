//! The containers of `DockerManager`.

use cofferdam_core::docker::{
    ContainerConfig, containers, events,
    exec::{self, ManagedExec},
    logs, stats,
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{
    cancellation::JsCancellation,
    output::OutputStream,
    shared::{
        container_change::NativeChange,
        container_exec::{NativeExecuted, NativeManagedExec},
        container_logs::NativeLogOptions,
        container_stats::NativeStats,
    },
    streams::{JsonStream, LogStream},
};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<string>")]
    pub fn create<'env>(
        &self,
        env: &'env Env,
        config: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let defaults = self.defaults();
        self.call(env, cancellation, |manager| async move {
            containers::create(&manager, &ContainerConfig::parse(&config, &defaults)?).await
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
        self.call(env, cancellation, |manager| async move {
            containers::change(&manager, &id, change.into_core()?).await
        })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn inspect<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { containers::inspect(&manager, &id).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn list<'env>(
        &self,
        env: &'env Env,
        all: bool,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { containers::list(&manager, all, filters).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn prune<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { containers::prune(&manager, filters).await })
    }

    #[napi(ts_return_type = "Promise<number>")]
    pub fn wait<'env>(
        &self,
        env: &'env Env,
        id: String,
        condition: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            containers::wait(&manager, &id, condition.as_deref()).await
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn rename<'env>(
        &self,
        env: &'env Env,
        id: String,
        name: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { containers::rename(&manager, &id, &name).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn top<'env>(
        &self,
        env: &'env Env,
        id: String,
        arguments: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            containers::top(&manager, &id, arguments.as_deref()).await
        })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn changes<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { containers::changes(&manager, &id).await })
    }

    #[napi(ts_return_type = "Promise<NativeStats>")]
    pub fn stats<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            stats::measure(&manager, &id).await.map(NativeStats::from)
        })
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
            let logs = logs::open(&manager, &id, &options.into_core()?).await?;
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
            let events = events::subscribe(&manager, filters, since, until).await?;
            Ok(JsonStream::new(events, manager.closing().clone()))
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
        let command = options.into_core();
        let listener = output.map(|output| output.take_sender(*env)).transpose()?;
        let cancellation = JsCancellation::inner(cancellation);
        self.call(env, None, |manager| async move {
            let executed =
                exec::run(&manager, &id, ManagedExec { listener, cancellation, ..command? }).await?;
            Ok(NativeExecuted::new(executed, binary))
        })
    }
}
