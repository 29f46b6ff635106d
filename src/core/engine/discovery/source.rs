use std::fmt;

/// Where an engine's address comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The option `engine`.
    Option,
    /// The environment variable `DOCKER_HOST`.
    DockerHost,
    /// The context that the environment variable `DOCKER_CONTEXT` names.
    DockerContext(String),
    /// The current context of Docker's configuration.
    CurrentContext(String),
    /// One of the usual places of engines.
    UsualPlace,
}

impl Source {
    /// The name of the source in `details.argument` of errors.
    pub(in crate::engine) fn argument(&self) -> &'static str {
        match self {
            Self::Option => "engine",
            Self::DockerHost => "DOCKER_HOST",
            Self::DockerContext(_) => "DOCKER_CONTEXT",
            Self::CurrentContext(_) => "currentContext",
            Self::UsualPlace => "address",
        }
    }
}

/// As in reports: `option`, `DOCKER_HOST`, `DOCKER_CONTEXT=name`, `current context name`, `usual place`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("option"),
            Self::DockerHost => f.write_str("DOCKER_HOST"),
            Self::DockerContext(name) => write!(f, "DOCKER_CONTEXT={name}"),
            Self::CurrentContext(name) => write!(f, "current context {name}"),
            Self::UsualPlace => f.write_str("usual place"),
        }
    }
}
