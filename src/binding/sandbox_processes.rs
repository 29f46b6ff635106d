//! Processes, ports and statistics of the sandboxes of one data directory.

use napi::{
    Env,
    bindgen_prelude::{Either, Object},
};
use napi_derive::napi;

use crate::{
    cancellation::JsCancellation,
    exec::command,
    ports::{NativeConnection, NativeListening, NativeTunnel, port_number},
    process_arguments::{NativePosition, NativeSpawnOptions, process_id, terminal_size},
    processes::{NativeProcess, NativeProcessInfo},
    promise::call,
    sandboxes::NativeSandboxes,
    stats::NativeSandboxStats,
};

#[napi]
impl NativeSandboxes {
    #[napi(ts_return_type = "Promise<NativeProcess>")]
    pub fn spawn<'env>(
        &self,
        env: &'env Env,
        id: String,
        #[napi(ts_arg_type = "string | Array<string>")] line: Either<String, Vec<String>>,
        options: NativeSpawnOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            sandboxes.get(id)?.spawn(command(line), options.into_core()?).await.map(NativeProcess::new)
        })
    }

    #[napi(ts_return_type = "Promise<NativeProcess>")]
    pub fn attach<'env>(
        &self,
        env: &'env Env,
        id: String,
        process: String,
        from: NativePosition,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            let (process, from) = (process_id(&process)?, from.into_core()?);
            sandboxes.get(id)?.attach(process, from).await.map(NativeProcess::new)
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeProcessInfo>>")]
    pub fn processes<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            let processes = sandboxes.get(id)?.processes().await?;
            Ok(processes.into_iter().map(NativeProcessInfo::from).collect::<Vec<_>>())
        })
    }

    /// Sends a signal, given by its number.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn signal<'env>(
        &self,
        env: &'env Env,
        id: String,
        process: String,
        signal: u8,
        descendants: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            sandboxes.get(id)?.signal(process_id(&process)?, signal, descendants).await
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn resize<'env>(
        &self,
        env: &'env Env,
        id: String,
        process: String,
        cols: f64,
        rows: f64,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            sandboxes.get(id)?.resize(process_id(&process)?, terminal_size(cols, rows)?).await
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeListening>>")]
    pub fn ports<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            let ports = sandboxes.get(id)?.ports().await?;
            Ok(ports.into_iter().map(NativeListening::from).collect::<Vec<_>>())
        })
    }

    #[napi(ts_return_type = "Promise<NativeConnection>")]
    pub fn connect<'env>(
        &self,
        env: &'env Env,
        id: String,
        port: f64,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            let port = port_number("port", port)?;
            sandboxes.get(id)?.connect(port).await.map(NativeConnection::new)
        })
    }

    #[napi(ts_return_type = "Promise<NativeTunnel>")]
    pub fn tunnel<'env>(
        &self,
        env: &'env Env,
        id: String,
        port: f64,
        host_port: f64,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            let (port, host_port) = (port_number("port", port)?, port_number("hostPort", host_port)?);
            sandboxes.get(id)?.tunnel(port, host_port).await.map(NativeTunnel::new)
        })
    }

    #[napi(ts_return_type = "Promise<NativeSandboxStats>")]
    pub fn stats<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, self.sandboxes(), cancellation, |sandboxes| async move {
            sandboxes.get(id)?.stats().await.map(NativeSandboxStats::from)
        })
    }
}
