use std::{future::Future, sync::Arc};

use cofferdam_core::{
    Result,
    engine::container::State,
    sandbox::{DiskInfo, Info, Ready, Sandboxes, Summary},
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either, Object, ToNapiValue, Uint8Array},
};
use napi_derive::napi;

use crate::{
    agents::agents,
    cancellation::{JsCancellation, unless_cancelled},
    error::to_js,
    exec::{NativeExecOptions, NativeExecResult, command, content},
    files::NativeEntry,
    options::NativeOptions,
    output::OutputStream,
    promise::promise,
};

/// The sandboxes of one data directory.
#[napi]
pub struct NativeSandboxes(Arc<Sandboxes>);

/// A sandbox that runs; see `Sandbox` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeReady {
    pub container_id: String,
    pub workspace_kind: String,
    pub workspace: String,
}

/// See `DiskInfo` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeDisk {
    pub limit: Option<f64>,
    pub used: Option<f64>,
    pub enforcement: String,
}

/// A sandbox at the moment; see `SandboxInfo` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeInfo {
    pub id: String,
    pub container_id: String,
    pub state: String,
    pub image: String,
    pub created: String,
    pub workspace_kind: String,
    pub workspace: String,
    pub memory: f64,
    pub cpus: f64,
    pub pids: u32,
    pub disk: NativeDisk,
    pub user: String,
    pub network: bool,
    pub agent: String,
}

/// A sandbox in a list; see `SandboxSummary` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeSummary {
    pub id: String,
    pub container_id: String,
    pub state: String,
    pub running: bool,
    pub image: String,
    pub created: f64,
}

#[napi]
impl NativeSandboxes {
    #[napi(constructor)]
    pub fn new(env: Env, options: NativeOptions, recorded: Option<bool>) -> napi::Result<Self> {
        let make = if recorded.unwrap_or(false) { Sandboxes::recorded } else { Sandboxes::new };
        let sandboxes = options.into_core().and_then(|options| make(options, agents()));
        Ok(Self(Arc::new(sandboxes.map_err(|error| to_js(env, &error))?)))
    }

    #[napi(ts_return_type = "Promise<NativeReady>")]
    pub fn ensure<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.ensure().await.map(NativeReady::from)
        })
    }

    /// Waits until the sandbox's container is started, for whatever call: its id. Nothing once it is cancelled, or where
    /// there is no such sandbox.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn started<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: &JsCancellation,
    ) -> napi::Result<Object<'env>> {
        let cancellation = JsCancellation::inner(Some(cancellation));
        self.call(env, None, |sandboxes| async move {
            match sandboxes.get(id) {
                Ok(sandbox) => Ok(sandbox.started(&cancellation).await),
                // The call that this goes with says why.
                Err(_) => Ok(None),
            }
        })
    }

    #[napi(ts_return_type = "Promise<NativeExecResult>")]
    pub fn exec<'env>(
        &self,
        env: &'env Env,
        id: String,
        #[napi(ts_arg_type = "string | Array<string>")] line: Either<String, Vec<String>>,
        options: NativeExecOptions,
        cancellation: Option<&JsCancellation>,
        output: Option<&OutputStream>,
    ) -> napi::Result<Object<'env>> {
        let sandboxes = Arc::clone(&self.0);
        let cancellation = JsCancellation::inner(cancellation);
        let listener = output.map(|output| output.take_sender(*env)).transpose()?;
        let binary = options.binary.unwrap_or(false);
        // Now: JavaScript may write to what it gave as soon as this returns.
        let options = options.into_core();
        promise(env, async move {
            let mut options = options?;
            options.cancellation = cancellation;
            options.listener = listener;
            let result = sandboxes.get(id)?.exec(command(line), options).await?;
            Ok(NativeExecResult::new(result, binary))
        })
    }

    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn read_file<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.read_file(&path).await.map(Buffer::from)
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn write_file<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        data: Either<String, Uint8Array>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let data = content(data);
        self.call(
            env,
            cancellation,
            |sandboxes| async move { sandboxes.get(id)?.write_file(&path, &data).await },
        )
    }

    #[napi(ts_return_type = "Promise<Array<NativeEntry>>")]
    pub fn list_files<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            let entries = sandboxes.get(id)?.list_files(&path).await?;
            Ok(entries.into_iter().map(NativeEntry::from).collect::<Vec<_>>())
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn delete_file<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        recursive: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.delete_file(&path, recursive).await
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn stop<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            let sandbox = sandboxes.get(id)?;
            sandbox.stop().await?;
            sandboxes.forget(&sandbox);
            Ok(())
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn remove<'env>(
        &self,
        env: &'env Env,
        id: String,
        workspace: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            let sandbox = sandboxes.get(id)?;
            sandbox.remove(workspace).await?;
            sandboxes.forget(&sandbox);
            Ok(())
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn is_running<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move { sandboxes.get(id)?.is_running().await })
    }

    #[napi(ts_return_type = "Promise<NativeInfo>")]
    pub fn info<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.info().await.map(NativeInfo::from)
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeSummary>>")]
    pub fn list<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            Ok(sandboxes.list().await?.into_iter().map(NativeSummary::from).collect::<Vec<_>>())
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env, stop_all: bool) -> napi::Result<Object<'env>> {
        self.call(env, None, |sandboxes| async move { sandboxes.close(stop_all).await })
    }
}

impl NativeSandboxes {
    /// The core's.
    pub fn sandboxes(&self) -> &Sandboxes {
        &self.0
    }

    /// One call of the core, which ends with its cancellation.
    pub fn call<'env, T, F>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
        work: impl FnOnce(Arc<Sandboxes>) -> F,
    ) -> napi::Result<Object<'env>>
    where
        T: ToNapiValue + Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        promise(env, unless_cancelled(JsCancellation::inner(cancellation), work(Arc::clone(&self.0))))
    }
}

impl From<Ready> for NativeReady {
    fn from(ready: Ready) -> Self {
        Self {
            container_id: ready.container_id,
            workspace_kind: ready.workspace_kind.to_owned(),
            workspace: ready.workspace,
        }
    }
}

impl From<Info> for NativeInfo {
    #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes of memory")]
    fn from(info: Info) -> Self {
        Self {
            id: info.id,
            container_id: info.container_id,
            state: info.state.to_owned(),
            image: info.image,
            created: info.created,
            workspace_kind: info.workspace_kind.to_owned(),
            workspace: info.workspace,
            memory: info.memory as f64,
            cpus: info.cpus,
            pids: info.pids,
            disk: info.disk.into(),
            user: info.user,
            network: info.network,
            agent: info.agent,
        }
    }
}

impl From<DiskInfo> for NativeDisk {
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
    fn from(disk: DiskInfo) -> Self {
        let DiskInfo { limit, used, enforcement } = disk;
        Self {
            limit: limit.map(|bytes| bytes as f64),
            used: used.map(|bytes| bytes as f64),
            enforcement: enforcement.to_owned(),
        }
    }
}

impl From<Summary> for NativeSummary {
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay below 2^53")]
    fn from(summary: Summary) -> Self {
        Self {
            id: summary.id,
            container_id: summary.container_id,
            running: matches!(summary.state, State::Running | State::Paused),
            state: summary.state.as_str().to_owned(),
            image: summary.image,
            created: summary.created as f64,
        }
    }
}
