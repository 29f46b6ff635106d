//! A command as requested, checked against the limits.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use cofferdam_protocol::{
    process::{Command, Exec, Grace},
    wire::limits::{MAX_ARGUMENT, MAX_ARGUMENTS, MAX_OUTPUT_LIMIT},
};
use tokio::sync::mpsc;

use crate::{
    cancellation::Cancellation,
    config::{environment::validate_environment, options::Options},
    error::{Error, Result},
    link::command::Chunk,
};

/// The longest time that processes may be given to end.
const LONGEST_GRACE: Duration = Duration::from_mins(1);

const SIGTERM: u8 = 15;

/// The last of the real-time signals.
const LAST_SIGNAL: u8 = 64;

/// How a command should run. The sandbox's options supply what is not given.
#[derive(Debug, Default)]
pub struct ExecOptions {
    /// When it is killed; at most the sandbox's `max_timeout`.
    pub timeout: Option<Duration>,
    /// How long its processes may take to end at the deadline, and when it is aborted; killed at once by default.
    pub kill_grace: Option<Duration>,
    /// The number of the signal that asks them to end: 15, `SIGTERM`, by default.
    pub kill_signal: Option<u8>,
    /// Its working directory, relative to the workspace.
    pub cwd: Option<String>,
    /// Environment variables in addition to those of the image and the sandbox.
    pub env: BTreeMap<String, String>,
    /// Its standard input; empty by default.
    pub stdin: Option<Bytes>,
    /// How much of each output stream the result holds, in bytes.
    pub output_limit: Option<u64>,
    /// Gets all output as it comes.
    pub listener: Option<mpsc::Sender<Chunk>>,
    /// Aborts it.
    pub cancellation: Cancellation,
}

/// A command that was checked: what is sent to the agent, and the terms on which the host waits for it.
pub struct Job {
    /// The request to the agent.
    pub request: Exec,
    /// The standard input.
    pub stdin: Option<Bytes>,
    /// Gets all output as it comes.
    pub listener: Option<mpsc::Sender<Chunk>>,
    /// The terms.
    pub terms: Terms,
}

/// What the host must know of a command while it runs.
pub struct Terms {
    /// When it is killed, or asked to end.
    pub timeout: Duration,
    /// How long it may take to end then.
    pub grace: Duration,
    /// Aborts it.
    pub cancellation: Cancellation,
    /// The program's name, for messages.
    pub program: String,
    /// The working directory that was asked for.
    pub cwd: Option<String>,
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
            let message =
                format!("timeout must be from 1 to {limit} ms (maxTimeout), not {}", timeout.as_millis());
            return Err(Error::invalid("timeout", message));
        }
        let grace = grace(options.kill_grace, options.kill_signal)?;
        let output_limit = options.output_limit.unwrap_or(defaults.output_limit);
        if output_limit > MAX_OUTPUT_LIMIT {
            let message = format!("outputLimit must be at most {MAX_OUTPUT_LIMIT} bytes, not {output_limit}");
            return Err(Error::invalid("outputLimit", message));
        }
        let env = environment(&command, options.env, options.cwd.as_deref(), defaults)?;
        Ok(Self {
            terms: Terms {
                timeout,
                grace: grace.map_or(Duration::ZERO, |grace| Duration::from_millis(grace.time_ms)),
                cancellation: options.cancellation,
                program: program(&command),
                cwd: options.cwd.clone(),
            },
            request: Exec {
                command,
                cwd: options.cwd,
                env,
                stdin: options.stdin.is_some(),
                timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
                grace,
                output_limit,
                streamed: options.listener.is_some(),
            },
            stdin: options.stdin,
            listener: options.listener,
        })
    }
}

/// The environment of a command: that of the sandbox, with its own. Checks the command and its working directory, too.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn environment(
    command: &Command,
    own: BTreeMap<String, String>,
    cwd: Option<&str>,
    defaults: &Options,
) -> Result<Vec<(String, String)>> {
    let mut env = defaults.env.clone();
    env.extend(own);
    validate_environment(env.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    validate_sizes(command, &env)?;
    if cwd.is_some_and(|cwd| cwd.contains('\0')) {
        return Err(Error::invalid("cwd", "cwd must not contain a NUL character"));
    }
    Ok(env.into_iter().collect())
}

/// The name of a command's program, for messages.
#[must_use]
pub fn program(command: &Command) -> String {
    match command {
        Command::Shell(_) => "the shell".to_owned(),
        Command::Argv(arguments) => arguments.first().cloned().unwrap_or_default(),
    }
}

/// What processes get to end at a deadline or an abort, if anything.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn grace(time: Option<Duration>, signal: Option<u8>) -> Result<Option<Grace>> {
    let time = time.unwrap_or_default();
    if time > LONGEST_GRACE {
        let message =
            format!("killGrace must be from 0 to {} ms, not {}", LONGEST_GRACE.as_millis(), time.as_millis());
        return Err(Error::invalid("killGrace", message));
    }
    if let Some(signal) = signal {
        if !(1..=LAST_SIGNAL).contains(&signal) {
            let message =
                format!("killSignal must be the name or the number of a signal, from 1 to {LAST_SIGNAL}");
            return Err(Error::invalid("killSignal", message));
        }
        if time.is_zero() {
            let message = "killSignal needs killGrace: without it, processes are killed at once";
            return Err(Error::invalid("killSignal", message));
        }
    }
    // Lossless below the limit.
    let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Ok((!time.is_zero()).then(|| Grace { signal: signal.unwrap_or(SIGTERM), time_ms: time_ms.max(1) }))
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
        return Err(Error::invalid("command", "command must not contain a NUL character"));
    }
    let entries = env.iter().map(|(name, value)| name.len() + value.len() + 1);
    let lengths = || arguments.iter().map(|argument| argument.len()).chain(entries.clone());
    if lengths().any(|length| length > MAX_ARGUMENT) || lengths().sum::<usize>() > MAX_ARGUMENTS {
        let message = format!(
            "command: one argument may be at most {MAX_ARGUMENT} bytes, and all arguments and variables together {MAX_ARGUMENTS} bytes"
        );
        return Err(
            Error::invalid("command", message).hint("write long scripts to a file, or pass data as stdin")
        );
    }
    Ok(())
}
