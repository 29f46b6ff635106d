use std::{borrow::Cow, fmt};

use serde_json::{Map, Value};

/// Short for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: a closed set, and the only thing that a program should decide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No engine answers.
    EngineUnreachable,
    /// The engine's socket is there, and this process may not use it.
    EnginePermissionDenied,
    /// The engine lacks something that is needed.
    EngineUnsupported,
    /// The engine refused a request.
    EngineError,
    /// The image is not on the engine.
    ImageNotFound,
    /// An argument or option is not allowed.
    InvalidArgument,
    /// There is no such thing.
    NotFound,
    /// There is such a thing already.
    AlreadyExists,
    /// Another user of the same thing stands in the way.
    Conflict,
    /// The sandbox ended while it was used.
    SandboxLost,
    /// The program could not be started.
    CommandNotStarted,
    /// The caller aborted.
    Aborted,
    /// A file can't be read or written.
    FileError,
    /// A file is larger than the limit.
    FileTooLarge,
    /// The disk, or the part of it that the sandbox may use, is full.
    DiskLimit,
    /// The engine, or the agent, did not answer in time.
    Timeout,
    /// The object was closed.
    Closed,
    /// A bug.
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

/// An error with its code, a sentence for people, what to do about it, and facts for programs.
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
    /// An error with a sentence that says what happened.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), hint: None, details: Map::new() }))
    }

    /// An argument that is not allowed; the message names it and says what is.
    pub fn invalid(argument: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidArgument, message).detail("argument", argument)
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.details.insert(name.to_owned(), value.into());
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The facts.
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
