//! What JavaScript says of processes: options, ids, places and sizes.

use std::collections::HashMap;

use cofferdam_core::{
    Error, Result,
    process::SpawnOptions,
    protocol::process::handle::{Position, ProcessId, Size},
};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::numbers::{milliseconds, milliseconds_or_none, size, whole};

/// How a process runs; see `SpawnOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeSpawnOptions {
    pub cwd: Option<String>,
    pub env: Option<HashMap<String, String>>,
    pub stdin: Option<bool>,
    pub control: Option<bool>,
    pub timeout: Option<f64>,
    pub kill_grace: Option<f64>,
    /// The signal's number.
    pub kill_signal: Option<u8>,
    pub pty: Option<NativePty>,
    pub detached: Option<bool>,
    pub log: Option<Either<f64, String>>,
    pub name: Option<String>,
}

/// A terminal; see `PtyOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativePty {
    pub cols: f64,
    pub rows: f64,
    pub term: Option<String>,
}

/// Where output begins: at these offsets, or else at the start or now.
#[napi(object, object_to_js = false)]
pub struct NativePosition {
    pub now: bool,
    pub stdout: Option<f64>,
    pub stderr: Option<f64>,
}

impl NativeSpawnOptions {
    /// The options as the core takes them.
    pub fn into_core(self) -> Result<SpawnOptions> {
        let terminal = self.pty.as_ref().map(|pty| terminal_size(pty.cols, pty.rows)).transpose()?;
        Ok(SpawnOptions {
            cwd: self.cwd,
            env: self.env.unwrap_or_default().into_iter().collect(),
            stdin: self.stdin.unwrap_or_default(),
            timeout: self
                .timeout
                .filter(|timeout| *timeout != 0.0)
                .map(|timeout| milliseconds("timeout", timeout))
                .transpose()?,
            kill_grace: self.kill_grace.map(|grace| milliseconds_or_none("killGrace", grace)).transpose()?,
            kill_signal: self.kill_signal,
            control: self.control.unwrap_or_default(),
            terminal,
            term: self.pty.and_then(|pty| pty.term),
            detached: self.detached.unwrap_or_default(),
            log: self.log.map(|log| size("log", log)).transpose()?,
            name: self.name,
        })
    }
}

impl NativePosition {
    /// The position as the core takes it.
    pub fn into_core(self) -> Result<Position> {
        let offset = |name, value: Option<f64>| size(name, Either::A(value.unwrap_or_default()));
        if self.stdout.is_none() && self.stderr.is_none() {
            return Ok(if self.now { Position::Now } else { Position::Start });
        }
        Ok(Position::At {
            stdout: offset("from.stdout", self.stdout)?,
            stderr: offset("from.stderr", self.stderr)?,
        })
    }
}

/// The id of a process, from its text.
pub fn process_id(text: &str) -> Result<ProcessId> {
    let parsed = ProcessId::from_str_radix(text, 16)
        .ok()
        .filter(|_| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    parsed.ok_or_else(|| Error::invalid("processId", format!("{text:?} is not the id of a process")))
}

/// The size of a terminal.
pub fn terminal_size(cols: f64, rows: f64) -> Result<Size> {
    let side = |name, value| {
        u16::try_from(whole(name, value)?)
            .map_err(|_| Error::invalid(name, format!("{name} must be from 1 to 65535, not {value}")))
    };
    Ok(Size { cols: side("cols", cols)?, rows: side("rows", rows)? })
}
