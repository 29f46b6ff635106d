//! What calls check, without the calls: `js/testing` has sandboxes in memory, which refuse what Docker's refuse.

use std::{collections::HashMap, path::Path};

use cofferdam_core::{
    Cancellation,
    link::capture::Capture,
    protocol::copy::{Copied, Limits},
    sandbox::{Network, WorkspaceOption, validate_path, validate_paths},
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
    sandboxes::NativeSandboxes,
};

/// What holds for a command that was checked.
#[napi(object, object_from_js = false)]
pub struct NativeTerms {
    /// In milliseconds.
    pub timeout: f64,
    pub output_limit: f64,
    /// That of the sandboxes' options included.
    pub env: HashMap<String, String>,
}

/// What sandboxes are like, a profile's defaults included.
#[napi(object, object_from_js = false)]
pub struct NativeSettings {
    pub data_dir: String,
    pub image: String,
    pub memory: f64,
    pub cpus: f64,
    pub pids: u32,
    /// The most that the files in a workspace may take, in bytes.
    pub disk: Option<f64>,
    pub user: String,
    pub network: bool,
    pub read_only: bool,
    /// The directories in memory.
    pub tmpfs: Vec<String>,
    /// Whether workspaces are to be volumes.
    pub volumes: bool,
}

/// What a result holds of an output stream.
#[napi(object, object_from_js = false)]
pub struct NativeCaptured {
    pub data: Buffer,
    pub truncated: bool,
}

#[napi]
impl NativeSandboxes {
    /// Refuses what is no id; `CLOSED`.
    #[napi]
    pub fn check(&self, env: Env, id: String) -> napi::Result<()> {
        self.sandboxes().get(id).map(drop).map_err(|error| to_js(env, &error))
    }

    /// The same, and what is no path.
    #[napi]
    pub fn check_path(&self, env: Env, id: String, path: String) -> napi::Result<()> {
        let checked = self.sandboxes().get(id).and_then(move |_| validate_path(&path));
        checked.map_err(|error| to_js(env, &error))
    }

    /// The same, and what is no copy; the most that it may be.
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
            self.sandboxes().get(id)?;
            validate_paths(Path::new(&host_path), &path)?;
            let Limits { entries, bytes } = options.limits;
            Ok(Copied { entries, bytes }.into())
        });
        checked.map_err(|error| to_js(env, &error))
    }

    /// The same, and what is no command.
    #[napi]
    pub fn check_exec(
        &self,
        env: Env,
        id: String,
        #[napi(ts_arg_type = "string | Array<string>")] line: Either<String, Vec<String>>,
        options: NativeExecOptions,
    ) -> napi::Result<NativeTerms> {
        let checked = options
            .into_core()
            .and_then(|options| self.sandboxes().get(id)?.check_exec(command(line), options));
        let terms = checked.map_err(|error| to_js(env, &error))?;
        #[expect(clippy::cast_precision_loss, reason = "a limit far below 2^53")]
        Ok(NativeTerms {
            timeout: terms.timeout.as_secs_f64() * 1e3,
            output_limit: terms.output_limit as f64,
            env: terms.env.into_iter().collect(),
        })
    }

    /// What they are like.
    #[napi]
    pub fn settings(&self) -> NativeSettings {
        let options = self.sandboxes().options();
        let ids = options.ids();
        #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes of memory")]
        let (memory, disk) = (options.memory as f64, options.disk.map(|bytes| bytes as f64));
        NativeSettings {
            data_dir: options.data_dir.to_string_lossy().into_owned(),
            image: options.image.clone(),
            memory,
            cpus: options.cpus,
            pids: options.pids,
            disk,
            user: format!("{}:{}", ids.uid, ids.gid),
            network: options.network == Network::Enabled,
            read_only: options.read_only,
            tmpfs: options.tmpfs.keys().cloned().collect(),
            volumes: options.workspace == WorkspaceOption::Volume,
        }
    }
}

/// What a result holds of all that a command wrote to a stream.
#[napi]
pub fn capture(data: &[u8], limit: u32) -> NativeCaptured {
    let mut capture = Capture::new(limit.into());
    capture.push(data);
    let captured = capture.finish(None);
    NativeCaptured { data: captured.bytes.into(), truncated: captured.truncated }
}
