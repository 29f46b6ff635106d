use std::{collections::BTreeMap, time::Duration};

use cofferdam_protocol::process::{
    Command, Exec,
    handle::{self, Size, Spawn},
};

use crate::{
    config::options::Options,
    error::{Error, Result},
    exec::request::{environment, grace, program},
};

pub use handle::MAX_LOG;

/// How much of each stream of a detached process is kept by default, in bytes.
const DEFAULT_LOG: u64 = 256 * 1024;

/// The longest name of a process, in bytes.
const MAX_NAME: usize = 256;

/// The kind of terminal that programs are told of by default.
const TERM: &str = "xterm-256color";

/// The longest deadline, in milliseconds: what a JavaScript timer could wait.
const MAX_TIMEOUT: u128 = 2_147_483_647;

/// How a process should run.
#[derive(Debug, Default)]
pub struct SpawnOptions {
    /// Its working directory, relative to the workspace.
    pub cwd: Option<String>,
    /// Environment variables in addition to those of the image and the sandbox.
    pub env: BTreeMap<String, String>,
    /// Whether it gets input. Otherwise its input is empty.
    pub stdin: bool,
    /// When it is killed; never by default.
    pub timeout: Option<Duration>,
    /// Whether it has a channel of its own, which takes the place of its input.
    pub control: bool,
    /// How long it may take to end at its deadline; not at all by default.
    pub kill_grace: Option<Duration>,
    /// The signal that tells it to; `SIGTERM` by default.
    pub kill_signal: Option<u8>,
    /// The terminal to run it in.
    pub terminal: Option<Size>,
    /// What programs are told of the terminal.
    pub term: Option<String>,
    /// Whether it outlives its handle.
    pub detached: bool,
    /// How much of each stream of a detached process is kept, in bytes.
    pub log: Option<u64>,
    /// What the caller calls it.
    pub name: Option<String>,
}

/// A process as requested, checked.
pub struct Requested {
    /// The request to the agent.
    pub spawn: Spawn,
    /// The program's name, for messages.
    pub program: String,
}

impl SpawnOptions {
    /// Checks a process against the limits.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the option.
    pub fn check(self, command: Command, defaults: &Options) -> Result<Requested> {
        let timeout = self.timeout.unwrap_or_default().as_millis();
        if timeout > MAX_TIMEOUT {
            let message = format!("timeout must be at most {MAX_TIMEOUT} ms, or 0 for none, not {timeout}");
            return Err(Error::invalid("timeout", message));
        }
        if self.terminal.is_some_and(|Size { cols, rows }| cols == 0 || rows == 0) {
            return Err(Error::invalid("pty", "pty.cols and pty.rows must be from 1 to 65535"));
        }
        if self.log.is_some() && !self.detached {
            let message = "log is for detached processes: the output of others is not kept";
            return Err(Error::invalid("log", message));
        }
        let log = self.log.unwrap_or(DEFAULT_LOG);
        if log > MAX_LOG {
            let message = format!("log must be at most {MAX_LOG} bytes, not {log}");
            return Err(Error::invalid("log", message));
        }
        if self.name.as_ref().is_some_and(|name| name.len() > MAX_NAME) {
            return Err(Error::invalid("name", format!("name must be at most {MAX_NAME} bytes")));
        }
        if self.name.as_ref().is_some_and(|name| name.contains('\0')) {
            return Err(Error::invalid("name", "name must not contain a NUL character"));
        }
        let mut own = self.env;
        if self.terminal.is_some() && !defaults.env.contains_key("TERM") {
            own.entry("TERM".to_owned()).or_insert(self.term.unwrap_or_else(|| TERM.to_owned()));
        }
        let env = environment(&command, own, self.cwd.as_deref(), defaults)?;
        Ok(Requested {
            program: program(&command),
            spawn: Spawn {
                exec: Exec {
                    command,
                    cwd: self.cwd,
                    env,
                    stdin: self.stdin,
                    grace: grace(self.kill_grace, self.kill_signal)?,
                    timeout_ms: u64::try_from(timeout).unwrap_or(u64::MAX),
                    output_limit: 0,
                    streamed: true,
                },
                name: self.name,
                terminal: self.terminal,
                control: self.control,
                log: self.detached.then_some(log),
            },
        })
    }
}
