use std::fmt;

/// Who says that an engine is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The caller's option.
    Option,
    /// The variable `DOCKER_HOST`.
    DockerHost,
    /// The context that the variable `DOCKER_CONTEXT` names.
    DockerContext(String),
    /// The current context of Docker's configuration.
    CurrentContext(String),
    /// Nobody: it is where engines usually listen.
    UsualPlace,
}

impl Source {
    /// The name under which a wrong value was given.
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

/// As it stands in reports: `option`, `DOCKER_HOST`, `DOCKER_CONTEXT=name`, `current context name`, `usual place`.
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
