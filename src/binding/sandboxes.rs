//! The class for the sandboxes of one data directory.

use std::sync::Arc;

use cofferdam_core::{janitor::pass::clean, sandbox::Sandboxes};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either, Object, Uint8Array},
};
use napi_derive::napi;

use crate::{
    agents::agents,
    cancellation::JsCancellation,
    cleanup::{NativeCleaned, policy},
    copies::{NativeCopied, NativeCopyOptions},
    error::to_js,
    exec::{NativeExecOptions, NativeExecResult, command, content},
    files::NativeEntry,
    fs::NativeFs,
    health::NativeHealth,
    info::{NativeInfo, NativeReady, NativeSummary},
    options::NativeOptions,
    output::OutputStream,
    promise::{call, promise},
    time::in_milliseconds,
};

/// The sandboxes of one data directory.
#[napi]
pub struct NativeSandboxes(Arc<Sandboxes>);

#[napi]
impl NativeSandboxes {
    #[napi(constructor)]
    pub fn new(env: Env, options: NativeOptions, recorded: Option<bool>) -> napi::Result<Self> {
        let make = if recorded.unwrap_or(false) { Sandboxes::recorded } else { Sandboxes::new };
        let sandboxes = options.into_core().and_then(|options| make(options, agents()));
        let sandboxes = Arc::new(sandboxes.map_err(|error| to_js(env, &error))?);
        Ok(Self(sandboxes))
    }

    #[napi(ts_return_type = "Promise<NativeReady>")]
    pub fn ensure<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.ensure().await.map(NativeReady::from)
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
        // Converted now, because JavaScript may change its buffers as soon as this returns.
        let options = options.into_core();
        promise(env, async move {
            let mut options = options?;
            options.cancellation = cancellation;
            options.listener = listener;
            let result = sandboxes.get(id)?.exec(command(line), options).await?;
            Ok(NativeExecResult::new(result, binary))
        })
    }

    /// The file system of a sandbox.
    #[napi]
    pub fn fs(&self, id: String) -> NativeFs {
        NativeFs::new(Arc::clone(&self.0), id)
    }

    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn read_file<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
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
        mode: Option<u32>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let data = content(data);
        call(env, &self.0, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.write_file(&path, &data, mode).await
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeEntry>>")]
    pub fn list_files<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
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
        call(env, &self.0, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.delete_file(&path, recursive).await
        })
    }

    #[napi(ts_return_type = "Promise<NativeCopied>")]
    pub fn copy_to<'env>(
        &self,
        env: &'env Env,
        id: String,
        host_path: String,
        path: String,
        options: NativeCopyOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let cancellation = JsCancellation::inner(cancellation);
        // The core handles the cancellation, because unfinished files must be removed.
        call(env, &self.0, None, |sandboxes| async move {
            let options = options.into_core(cancellation)?;
            sandboxes.get(id)?.copy_to(host_path.into(), &path, options).await.map(NativeCopied::from)
        })
    }

    #[napi(ts_return_type = "Promise<NativeCopied>")]
    pub fn copy_from<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        host_path: String,
        options: NativeCopyOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let cancellation = JsCancellation::inner(cancellation);
        call(env, &self.0, None, |sandboxes| async move {
            let options = options.into_core(cancellation)?;
            sandboxes.get(id)?.copy_from(&path, host_path.into(), options).await.map(NativeCopied::from)
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn stop<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
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
        call(env, &self.0, cancellation, |sandboxes| async move {
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
        call(env, &self.0, cancellation, |sandboxes| async move { sandboxes.get(id)?.is_running().await })
    }

    #[napi(ts_return_type = "Promise<NativeInfo>")]
    pub fn info<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.info().await.map(NativeInfo::from)
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeSummary>>")]
    pub fn list<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
            Ok(sandboxes.list().await?.into_iter().map(NativeSummary::from).collect::<Vec<_>>())
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&self, env: &'env Env, stop_all: bool) -> napi::Result<Object<'env>> {
        call(env, &self.0, None, |sandboxes| async move { sandboxes.close(stop_all).await })
    }

    #[napi(ts_return_type = "Promise<NativeHealth>")]
    pub fn health<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.health().await.map(NativeHealth::from)
        })
    }

    /// How long the engine takes to respond, in milliseconds.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn ping<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(
            env,
            &self.0,
            cancellation,
            |sandboxes| async move { sandboxes.ping().await.map(in_milliseconds) },
        )
    }

    /// Runs one pass of the janitor. Times are in milliseconds; without one, it never happens.
    #[napi(ts_return_type = "Promise<NativeCleaned>")]
    pub fn clean<'env>(
        &self,
        env: &'env Env,
        idle: Option<f64>,
        expired: Option<f64>,
        detached: Option<f64>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let policy = policy(idle, expired, detached);
        call(env, &self.0, cancellation, |sandboxes| async move {
            clean(&sandboxes, policy?).await.map(NativeCleaned::from)
        })
    }
}

impl NativeSandboxes {
    /// The core's object.
    pub fn sandboxes(&self) -> &Arc<Sandboxes> {
        &self.0
    }
}
