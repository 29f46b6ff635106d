use std::collections::HashMap;

use cofferdam_core::docker::attach::{Attach, ExecSpec};
use napi_derive::napi;

/// See `AttachOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
#[expect(clippy::struct_excessive_bools, reason = "as in JavaScript")]
pub struct NativeAttachOptions {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub logs: bool,
}

impl NativeAttachOptions {
    pub fn into_core(self) -> Attach {
        let Self { stdin, stdout, stderr, logs } = self;
        Attach { stdin, stdout, stderr, logs }
    }
}

/// See `StartProcessOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeStartOptions {
    pub command: Vec<String>,
    pub cwd: Option<String>,
    pub env: Option<HashMap<String, String>>,
    pub user: Option<String>,
    pub tty: Option<bool>,
}

impl NativeStartOptions {
    pub fn into_core(self) -> ExecSpec {
        let env = self.env.unwrap_or_default();
        ExecSpec {
            command: self.command,
            env: env.into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
            user: self.user,
            working_dir: self.cwd,
            stdin: true,
            tty: self.tty.unwrap_or_default(),
        }
    }
}
