//! A command as the caller asks for it, checked against the limits.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use cofferdam_protocol::{
    process::{Command, Exec},
    wire::limits::{MAX_ARGUMENT, MAX_ARGUMENTS, MAX_OUTPUT_LIMIT},
};
use tokio::sync::mpsc;

use super::options::{Options, validate_environment};

use crate::{
    cancellation::Cancellation,
    error::{Error, Result},
    link::command::Chunk,
};

/// How a command is to run. What is not given, the sandboxes' options say.
#[derive(Debug, Default)]
pub struct ExecOptions {
    /// After how long it is killed; at most the sandboxes' `max_timeout`.
    pub timeout: Option<Duration>,
    /// Its working directory; relative to the workspace.
    pub cwd: Option<String>,
    /// Environment on top of the image's and the sandboxes'.
    pub env: BTreeMap<String, String>,
    /// Its standard input; empty when not given.
    pub stdin: Option<Bytes>,
    /// Bytes of each output stream in the result.
    pub output_limit: Option<u64>,
    /// Who gets every byte of output as it comes.
    pub listener: Option<mpsc::Sender<Chunk>>,
    /// Ends it.
    pub cancellation: Cancellation,
}

/// What holds for a command that was checked.
#[derive(Debug, Clone)]
pub struct Terms {
    /// After how long it is killed.
    pub timeout: Duration,
    /// Bytes of each output stream in the result.
    pub output_limit: u64,
    /// Environment on top of the image's, the sandboxes' included.
    pub env: BTreeMap<String, String>,
}

/// A command that was checked against the limits.
pub(super) struct Job {
    pub request: Exec,
    pub stdin: Option<Bytes>,
    pub listener: Option<mpsc::Sender<Chunk>>,
    pub cancellation: Cancellation,
    pub timeout: Duration,
}

impl Job {
    /// Checks a command against the limits of the options.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the limit.
    pub fn new(command: Command, options: ExecOptions, defaults: &Options) -> Result<Self> {
        let timeout = options.timeout.unwrap_or(defaults.timeout);
        if timeout.is_zero() || timeout > defaults.max_timeout {
            let limit = defaults.max_timeout.as_millis();
            return Err(Error::invalid("timeout", format!("timeout must be from 1 to {limit} ms")));
        }
        let output_limit = options.output_limit.unwrap_or(defaults.output_limit);
        if output_limit > MAX_OUTPUT_LIMIT {
            let message = format!("outputLimit must be at most {MAX_OUTPUT_LIMIT} bytes");
            return Err(Error::invalid("outputLimit", message));
        }
        let mut env = defaults.env.clone();
        env.extend(options.env);
        validate_environment(env.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        validate_sizes(&command, &env)?;
        if options.cwd.as_ref().is_some_and(|cwd| cwd.contains('\0')) {
            return Err(Error::invalid("cwd", "cwd must not hold a NUL character"));
        }
        Ok(Self {
            request: Exec {
                command,
                cwd: options.cwd,
                env: env.into_iter().collect(),
                stdin: options.stdin.is_some(),
                timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
                output_limit,
                streamed: options.listener.is_some(),
            },
            stdin: options.stdin,
            listener: options.listener,
            cancellation: options.cancellation,
            timeout,
        })
    }

    /// What holds for it.
    pub fn into_terms(self) -> Terms {
        let Exec { output_limit, env, .. } = self.request;
        Terms { timeout: self.timeout, output_limit, env: env.into_iter().collect() }
    }
}

fn validate_sizes(command: &Command, env: &BTreeMap<String, String>) -> Result<()> {
    let arguments: Vec<&str> = match command {
        Command::Shell(line) => vec![line],
        Command::Argv(arguments) => arguments.iter().map(String::as_str).collect(),
    };
    if arguments.first().is_none_or(|first| first.is_empty()) {
        return Err(Error::invalid("command", "command must not be empty"));
    }
    if arguments.iter().any(|argument| argument.contains('\0')) {
        return Err(Error::invalid("command", "command must not hold a NUL character"));
    }
    let entries = env.iter().map(|(name, value)| name.len() + value.len() + 1);
    let lengths = || arguments.iter().map(|argument| argument.len()).chain(entries.clone());
    if lengths().any(|length| length > MAX_ARGUMENT) || lengths().sum::<usize>() > MAX_ARGUMENTS {
        let message = format!(
            "command: Linux takes at most {MAX_ARGUMENT} bytes in one argument, and a sandbox {MAX_ARGUMENTS} in all of them"
        );
        return Err(
            Error::invalid("command", message).hint("write long scripts to a file, or give data as stdin")
        );
    }
    Ok(())
}
