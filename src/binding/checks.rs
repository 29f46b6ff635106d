//! Checks the arguments of calls without making them, so that the in-memory sandboxes of `js/testing` reject what real ones
//! reject.

use std::{collections::HashMap, path::Path, sync::Arc};

use cofferdam_core::{
    Cancellation,
    config::{
        guest_path::validate_path,
        options::{Network, WorkspaceOption},
    },
    copy::options::validate_paths,
    link::capture::Capture,
    protocol::copy::{Copied, Limits},
    sandbox::Sandboxes,
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either},
};
use napi_derive::napi;

use crate::{
    copies::{NativeCopied, NativeCopyOptions},
    error::to_js,
    exec::{NativeExecOptions, command},
    process_arguments::NativeSpawnOptions,
    sandboxes::NativeSandboxes,
};

/// The terms of a command whose arguments were checked.
#[napi(object, object_from_js = false)]
pub struct NativeTerms {
    /// In milliseconds.
    pub timeout: f64,
    /// In milliseconds.
    pub kill_grace: f64,
    pub output_limit: f64,
    /// Including the `env` of the sandboxes' options.
    pub env: HashMap<String, String>,
}

/// The terms of a process whose arguments were checked.
#[napi(object, object_from_js = false)]
pub struct NativeSpawnTerms {
    /// Including the `env` of the sandboxes' options.
    pub env: HashMap<String, String>,
}

/// The options of sandboxes, including defaults.
#[napi(object, object_from_js = false)]
pub struct NativeSettings {
    pub data_dir: String,
    pub image: String,
    pub memory: f64,
    pub cpus: f64,
    pub pids: u32,
    /// How much space the files in a workspace may take, in bytes.
    pub disk: Option<f64>,
    /// In milliseconds.
    pub stop_timeout: f64,
    pub user: String,
    pub network: bool,
    /// `deny` or `allow`.
    pub host: String,
    pub read_only: bool,
    /// The paths of the in-memory directories.
    pub tmpfs: Vec<String>,
    /// Whether workspaces are volumes.
    pub volumes: bool,
}

/// The part of an output stream that a result contains.
#[napi(object, object_from_js = false)]
pub struct NativeCaptured {
    pub data: Buffer,
    pub truncated: bool,
}

/// Checks the arguments of calls on sandboxes.
#[napi]
pub struct NativeChecks(Arc<Sandboxes>);

#[napi]
impl NativeChecks {
    /// Checks for these sandboxes.
    #[napi(constructor)]
    pub fn new(sandboxes: &NativeSandboxes) -> Self {
        Self(Arc::clone(sandboxes.sandboxes()))
    }

    /// Checks an id. Fails with `CLOSED` after `close`.
    #[napi]
    pub fn check(&self, env: Env, id: String) -> napi::Result<()> {
        self.0.get(id).map(drop).map_err(|error| to_js(env, &error))
    }

    /// Checks an id and a path.
    #[napi]
    pub fn check_path(&self, env: Env, id: String, path: String) -> napi::Result<()> {
        let checked = self.0.get(id).and_then(move |_| validate_path(&path));
        checked.map_err(|error| to_js(env, &error))
    }

    /// Checks the arguments of a copy and returns its limits.
    #[napi]
    pub fn check_copy(
        &self,
        env: Env,
        id: String,
        host_path: String,
        path: String,
        options: NativeCopyOptions,
    ) -> napi::Result<NativeCopied> {
        let checked = options.into_core(Cancellation::default()).and_then(move |options| {
            self.0.get(id)?;
            validate_paths(Path::new(&host_path), &path)?;
            let Limits { entries, bytes } = options.limits;
            Ok(Copied { entries, bytes }.into())
        });
        checked.map_err(|error| to_js(env, &error))
    }

    /// Checks the arguments of a command and returns its terms.
    #[napi]
    pub fn check_exec(
        &self,
        env: Env,
        id: String,
        #[napi(ts_arg_type = "string | Array<string>")] line: Either<String, Vec<String>>,
        options: NativeExecOptions,
    ) -> napi::Result<NativeTerms> {
        let checked =
            options.into_core().and_then(|options| self.0.get(id)?.check_exec(command(line), options));
        let job = checked.map_err(|error| to_js(env, &error))?;
        #[expect(clippy::cast_precision_loss, reason = "a limit far below 2^53")]
        Ok(NativeTerms {
            timeout: job.terms.timeout.as_secs_f64() * 1e3,
            kill_grace: job.terms.grace.as_secs_f64() * 1e3,
            output_limit: job.request.output_limit as f64,
            env: job.request.env.into_iter().collect(),
        })
    }

    /// Checks the arguments of a process and returns its environment.
    #[napi]
    pub fn check_spawn(
        &self,
        env: Env,
        id: String,
        #[napi(ts_arg_type = "string | Array<string>")] line: Either<String, Vec<String>>,
        options: NativeSpawnOptions,
    ) -> napi::Result<NativeSpawnTerms> {
        let checked =
            options.into_core().and_then(|options| self.0.get(id)?.check_spawn(command(line), options));
        let requested = checked.map_err(|error| to_js(env, &error))?;
        Ok(NativeSpawnTerms { env: requested.spawn.exec.env.into_iter().collect() })
    }

    /// The options of the sandboxes.
    #[napi]
    pub fn settings(&self) -> NativeSettings {
        let options = self.0.options();
        #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes of memory")]
        let (memory, disk) = (options.memory as f64, options.disk.map(|bytes| bytes as f64));
        NativeSettings {
            data_dir: options.data_dir.to_string_lossy().into_owned(),
            image: options.image.clone(),
            memory,
            cpus: options.cpus,
            pids: options.pids,
            disk,
            stop_timeout: options.stop_timeout.as_secs_f64() * 1e3,
            user: options.user.common().map_or("unique".to_owned(), |ids| format!("{}:{}", ids.uid, ids.gid)),
            network: options.network == Network::Enabled,
            host: options.host.name().to_owned(),
            read_only: options.read_only,
            tmpfs: options.tmpfs.keys().cloned().collect(),
            volumes: options.workspace == WorkspaceOption::Volume,
        }
    }
}

/// The part of a stream's output that a result contains.
#[napi]
pub fn capture(data: &[u8], limit: u32) -> NativeCaptured {
    let mut capture = Capture::new(limit.into());
    capture.push(data);
    let captured = capture.finish(None);
    NativeCaptured { data: captured.bytes.into(), truncated: captured.truncated }
}
