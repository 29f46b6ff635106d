//! What the manager's calls take and give; the types of index.d.ts say what it means.

use std::collections::HashMap;

use cofferdam_core::{
    Code, Error, Result,
    docker::{BuildOptions, Change, Executed, LogOptions, ManagedExec, Stats},
};
use napi::bindgen_prelude::{Buffer, Either, Uint8Array};
use napi_derive::napi;

use crate::{
    exec::{content, text_or_bytes},
    numbers::{milliseconds, size},
};

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
    pub env: Option<HashMap<String, String>>,
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
    pub build_args: Option<HashMap<String, String>>,
    pub labels: Option<HashMap<String, String>>,
    pub target: Option<String>,
    pub no_cache: Option<bool>,
    pub network: Option<String>,
}

impl NativeChange {
    pub fn into_core(self) -> Result<Change> {
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
    pub fn into_core(self) -> LogOptions {
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
    pub fn into_core(self) -> Result<ManagedExec> {
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
    pub fn into_core(self) -> BuildOptions {
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
    pub fn new(executed: Executed, binary: bool) -> Self {
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
