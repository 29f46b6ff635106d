use std::{future::Future, sync::Arc};

use cofferdam_core::{
    Code, Error, Result,
    manager::{
        BuildOptions, Change, ContainerConfig, Defaults, Executed, LogOptions, ManagedExec, Manager, Stats,
    },
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either, Object, ToNapiValue, Uint8Array},
};
use napi_derive::napi;

use crate::{
    cancellation::{JsCancellation, unless_cancelled},
    error::to_js,
    exec::{content, text_or_bytes},
    options::{NativeEngineOptions, milliseconds, size},
    output::OutputStream,
    promise::promise,
    streams::{JsonStream, LogStream},
};

/// The whole engine; what it says is handed on as JSON.
#[napi]
pub struct NativeManager {
    manager: Arc<Manager>,
    defaults: Defaults,
}

/// Limits for containers that name none.
#[derive(Clone, Copy)]
#[napi(object, object_to_js = false)]
pub struct NativeDefaults {
    pub memory: Option<f64>,
    pub cpu_shares: Option<f64>,
    pub pids: Option<f64>,
}

/// What is done with a container; see [`Change`].
#[napi(object, object_to_js = false)]
pub struct NativeChange {
    pub verb: String,
    /// Seconds.
    pub grace: Option<u32>,
    pub signal: Option<String>,
    pub force: Option<bool>,
}

/// See `LogOptions` in index.d.ts; times in seconds since 1970.
#[napi(object, object_to_js = false)]
#[expect(clippy::struct_excessive_bools, reason = "as JavaScript gives them")]
pub struct NativeLogOptions {
    pub follow: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tail: Option<f64>,
    pub since: Option<f64>,
    pub until: Option<f64>,
    pub timestamps: bool,
}

/// See `ContainerStats` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub cpu_percent: f64,
    pub memory_used: f64,
    pub memory_limit: Option<f64>,
    pub pids: f64,
    pub pids_limit: Option<f64>,
    pub received: Option<f64>,
    pub sent: Option<f64>,
    pub block_read: f64,
    pub block_written: f64,
    pub from_engine: bool,
}

/// See `ContainerExecOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeManagedExec {
    pub command: Vec<String>,
    pub cwd: Option<String>,
    pub env: Option<std::collections::HashMap<String, String>>,
    pub user: Option<String>,
    pub stdin: Option<Either<String, Uint8Array>>,
    pub timeout: f64,
    pub output_limit: Either<f64, String>,
    pub binary: bool,
}

/// See `ContainerExecResult` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeExecuted {
    pub stdout: Either<String, Buffer>,
    pub stderr: Either<String, Buffer>,
    pub exit_code: f64,
    pub execution_time: f64,
    pub timed_out: bool,
    pub truncated: bool,
    pub stdout_bytes: f64,
    pub stderr_bytes: f64,
    pub survivors: bool,
}

/// See `BuildOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeBuildOptions {
    pub context: String,
    pub dockerfile: Option<String>,
    pub tags: Option<Vec<String>>,
    pub build_args: Option<std::collections::HashMap<String, String>>,
    pub labels: Option<std::collections::HashMap<String, String>>,
    pub target: Option<String>,
    pub no_cache: Option<bool>,
    pub network: Option<String>,
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

/// The manager has ended.
pub fn closed() -> Error {
    Error::new(Code::Closed, "the manager was closed")
}

impl NativeChange {
    fn into_core(self) -> Result<Change> {
        Ok(match self.verb.as_str() {
            "start" => Change::Start,
            "stop" => Change::Stop(self.grace),
            "restart" => Change::Restart(self.grace),
            "pause" => Change::Pause,
            "unpause" => Change::Unpause,
            "kill" => Change::Kill(self.signal.unwrap_or_else(|| "SIGKILL".to_owned())),
            "remove" => Change::Remove { force: self.force.unwrap_or(false) },
            verb => return Err(Error::new(Code::Internal, format!("there is no change {verb:?}"))),
        })
    }
}

impl NativeLogOptions {
    fn into_core(self) -> LogOptions {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count")]
        let tail = self.tail.map(|lines| lines as u64);
        LogOptions {
            follow: self.follow,
            stdout: self.stdout,
            stderr: self.stderr,
            tail,
            since: self.since,
            until: self.until,
            timestamps: self.timestamps,
        }
    }
}

impl NativeManagedExec {
    fn into_core(self) -> Result<ManagedExec> {
        Ok(ManagedExec {
            command: self.command,
            cwd: self.cwd,
            env: self.env.unwrap_or_default().into_iter().collect(),
            user: self.user,
            stdin: self.stdin.map(content),
            timeout: milliseconds("timeout", self.timeout)?,
            output_limit: size("outputLimit", self.output_limit)?,
            ..ManagedExec::default()
        })
    }
}

impl NativeBuildOptions {
    fn into_core(self) -> BuildOptions {
        BuildOptions {
            context: self.context.into(),
            dockerfile: self.dockerfile,
            tags: self.tags.unwrap_or_default(),
            build_args: self.build_args.unwrap_or_default().into_iter().collect(),
            labels: self.labels.unwrap_or_default().into_iter().collect(),
            target: self.target,
            no_cache: self.no_cache.unwrap_or(false),
            network: self.network,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nothing here reaches 2^53")]
impl From<Stats> for NativeStats {
    fn from(stats: Stats) -> Self {
        let (received, sent) = stats.network.unzip();
        Self {
            cpu_percent: stats.cpu_percent,
            memory_used: stats.memory_used as f64,
            memory_limit: stats.memory_limit.map(|limit| limit as f64),
            pids: stats.pids as f64,
            pids_limit: stats.pids_limit.map(|limit| limit as f64),
            received: received.map(|bytes| bytes as f64),
            sent: sent.map(|bytes| bytes as f64),
            block_read: stats.block.0 as f64,
            block_written: stats.block.1 as f64,
            from_engine: stats.from_engine,
        }
    }
}

impl NativeExecuted {
    #[expect(clippy::cast_precision_loss, reason = "no command writes 2^53 bytes")]
    fn new(executed: Executed, binary: bool) -> Self {
        Self {
            truncated: executed.stdout.truncated || executed.stderr.truncated,
            stdout_bytes: executed.stdout.total as f64,
            stderr_bytes: executed.stderr.total as f64,
            stdout: text_or_bytes(executed.stdout.bytes, binary),
            stderr: text_or_bytes(executed.stderr.bytes, binary),
            exit_code: executed.exit_code as f64,
            execution_time: (executed.execution_time.as_secs_f64() * 1e6).round() / 1e3,
            timed_out: executed.timed_out,
            survivors: executed.survivors,
        }
    }
}
