use std::collections::HashMap;

use bytes::Bytes;
use cofferdam_core::{
    Result,
    exec::{request::ExecOptions, result::ExecResult},
    protocol::process::{Command, Limits},
};
use napi::bindgen_prelude::{Buffer, Either, Uint8Array};
use napi_derive::napi;

use crate::{
    numbers::{milliseconds, milliseconds_or_none, size},
    time::in_milliseconds,
};

/// How a command runs; see `ExecOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeExecOptions {
    pub timeout: Option<f64>,
    pub kill_grace: Option<f64>,
    /// The signal's number.
    pub kill_signal: Option<u8>,
    pub cwd: Option<String>,
    pub env: Option<HashMap<String, String>>,
    pub stdin: Option<Either<String, Uint8Array>>,
    pub output_limit: Option<Either<f64, String>>,
    /// Whether the result has bytes instead of text.
    pub binary: Option<bool>,
}

/// How a command ended; see `ExecResult` in index.d.ts.
#[napi(object, object_from_js = false)]
#[expect(clippy::struct_excessive_bools, reason = "the fields of a JavaScript object")]
pub struct NativeExecResult {
    pub stdout: Either<String, Buffer>,
    pub stderr: Either<String, Buffer>,
    pub exit_code: u8,
    pub execution_time: f64,
    pub timed_out: bool,
    pub truncated: bool,
    pub stdout_bytes: f64,
    pub stderr_bytes: f64,
    /// The signal's number.
    pub signal: Option<u8>,
    pub oom_killed: bool,
    pub limits: Vec<String>,
    pub output_open: bool,
}

/// A command line, or a program and its arguments.
pub fn command(command: Either<String, Vec<String>>) -> Command {
    match command {
        Either::A(line) => Command::Shell(line),
        Either::B(arguments) => Command::Argv(arguments),
    }
}

impl NativeExecOptions {
    /// The options as the core takes them.
    pub fn into_core(self) -> Result<ExecOptions> {
        Ok(ExecOptions {
            timeout: self.timeout.map(|timeout| milliseconds("timeout", timeout)).transpose()?,
            kill_grace: self.kill_grace.map(|grace| milliseconds_or_none("killGrace", grace)).transpose()?,
            kill_signal: self.kill_signal,
            cwd: self.cwd,
            env: self.env.unwrap_or_default().into_iter().collect(),
            stdin: self.stdin.map(content),
            output_limit: self.output_limit.map(|limit| size("outputLimit", limit)).transpose()?,
            ..ExecOptions::default()
        })
    }
}

/// Text or bytes, as bytes.
pub fn content(content: Either<String, Uint8Array>) -> Bytes {
    match content {
        Either::A(text) => text.into(),
        // Copied, because JavaScript may change its array while the bytes are being sent.
        Either::B(bytes) => Bytes::copy_from_slice(&bytes),
    }
}

/// Output as text (invalid UTF-8 is replaced) or as bytes.
pub fn text_or_bytes(bytes: Vec<u8>, binary: bool) -> Either<String, Buffer> {
    if binary {
        return Either::B(bytes.into());
    }
    Either::A(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    )
}

impl NativeExecResult {
    /// Converts a result for JavaScript.
    #[expect(clippy::cast_precision_loss, reason = "no command writes 2^53 bytes")]
    pub fn new(result: ExecResult, binary: bool) -> Self {
        Self {
            truncated: result.stdout.truncated || result.stderr.truncated,
            stdout_bytes: result.stdout.total as f64,
            stderr_bytes: result.stderr.total as f64,
            stdout: text_or_bytes(result.stdout.bytes, binary),
            stderr: text_or_bytes(result.stderr.bytes, binary),
            exit_code: result.exit_code,
            execution_time: in_milliseconds(result.execution_time),
            timed_out: result.timed_out,
            signal: result.signal,
            oom_killed: result.oom_killed,
            limits: limit_names(result.limits),
            output_open: result.output_open,
        }
    }
}

/// The names of the limits that were met.
pub fn limit_names(Limits { memory, pids, disk }: Limits) -> Vec<String> {
    let named = [("memory", memory), ("pids", pids), ("disk", disk)];
    named.into_iter().filter(|(_, met)| *met).map(|(name, _)| name.to_owned()).collect()
}
