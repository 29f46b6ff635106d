use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. The set is closed; programs should decide by the code only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The engine does not respond.
    EngineUnreachable,
    /// The engine's socket exists, but this process may not use it.
    EnginePermissionDenied,
    /// The engine lacks a required feature.
    EngineUnsupported,
    /// The engine rejected a request.
    EngineError,
    /// The image is missing on the engine.
    ImageNotFound,
    /// An argument or option is invalid.
    InvalidArgument,
    /// It does not exist.
    NotFound,
    /// It already exists.
    AlreadyExists,
    /// It is in use, or in a state that does not allow the call.
    Conflict,
    /// The sandbox ended while it was in use.
    SandboxLost,
    /// The program could not be started.
    CommandNotStarted,
    /// The caller aborted the call.
    Aborted,
    /// A file can't be read or written.
    FileError,
    /// A file, directory or copy exceeds its limit.
    FileTooLarge,
    /// The host's disk is full, or the sandbox has reached its disk limit.
    DiskLimit,
    /// The engine or the agent did not respond in time.
    Timeout,
    /// The object was closed.
    Closed,
    /// A bug in cofferdam.
    Internal,
}

impl Code {
    /// The code as JavaScript sees it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EngineUnreachable => "ENGINE_UNREACHABLE",
            Self::EnginePermissionDenied => "ENGINE_PERMISSION_DENIED",
            Self::EngineUnsupported => "ENGINE_UNSUPPORTED",
            Self::EngineError => "ENGINE_ERROR",
            Self::ImageNotFound => "IMAGE_NOT_FOUND",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::Conflict => "CONFLICT",
            Self::SandboxLost => "SANDBOX_LOST",
            Self::CommandNotStarted => "COMMAND_NOT_STARTED",
            Self::Aborted => "ABORTED",
            Self::FileError => "FILE_ERROR",
            Self::FileTooLarge => "FILE_TOO_LARGE",
            Self::DiskLimit => "DISK_LIMIT",
            Self::Timeout => "TIMEOUT",
            Self::Closed => "CLOSED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error with a code, a message and a hint for people, and details for programs.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    details: Map<String, Value>,
}

impl Error {
    /// An error with a message that says what failed: a lower-case fragment without a full stop.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), hint: None, details: Map::new() }))
    }

    /// An invalid argument. The message names it and says what is allowed.
    pub fn invalid(argument: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidArgument, message).detail("argument", argument)
    }

    /// Adds advice on what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a detail for programs.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.details.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what a command wrote so far, as text. Bytes that are no text are added as well, for callers who asked for bytes.
    #[must_use]
    pub fn output(self, stdout: &[u8], stderr: &[u8]) -> Self {
        let streams = [("stdout", "stdoutBase64", stdout), ("stderr", "stderrBase64", stderr)];
        streams.into_iter().fold(self, |error, (name, encoded, bytes)| match str::from_utf8(bytes) {
            Ok(text) => error.detail(name, text),
            Err(_) => {
                error.detail(name, String::from_utf8_lossy(bytes)).detail(encoded, STANDARD.encode(bytes))
            }
        })
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What failed, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The details for programs.
    #[must_use]
    pub fn details(&self) -> &Map<String, Value> {
        &self.0.details
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.message)
    }
}

impl std::error::Error for Error {}
