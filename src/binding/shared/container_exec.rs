use std::collections::HashMap;

use cofferdam_core::{
    Result,
    docker::exec::{Executed, ManagedExec},
};
use napi::bindgen_prelude::{Buffer, Either, Uint8Array};
use napi_derive::napi;

use crate::{
    exec::{content, text_or_bytes},
    numbers::{milliseconds, size},
};

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
