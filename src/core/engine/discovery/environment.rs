use std::{collections::BTreeMap, path::PathBuf};

/// The variables that are read. No others are kept, because they may be secrets.
pub const NAMES: [&str; 10] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "COLIMA_HOME",
    "HOME",
    "PATH",
];

/// The environment variables and home directory that the search for an engine uses.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process. Must not run while another thread changes it.
    #[must_use]
    pub fn of_process() -> Self {
        let read = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
        Self::of_variables(NAMES.iter().filter_map(|name| read(name)))
    }

    /// The environment of a process with these variables. In JavaScript they may differ from those that the system has: in a worker
    /// they are a copy.
    #[must_use]
    pub fn of_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let known = variables.into_iter().filter(|(name, _)| NAMES.contains(&name.as_str()));
        let mut variables: BTreeMap<_, _> = known.collect();
        if let Some(directory) = runtime_directory() {
            variables.entry("XDG_RUNTIME_DIR".to_owned()).or_insert(directory);
        }
        let home = variables.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        Self { home: home.or_else(std::env::home_dir), variables }
    }

    /// Creates an environment from variables and a home directory.
    pub fn new(
        variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
        home: Option<PathBuf>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, home }
    }

    /// The value of a variable. An empty one counts as not set, as in Docker's client.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a variable as a directory.
    pub(in crate::engine) fn directory(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// A path in the home directory.
    pub(in crate::engine) fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }

    /// The directory of Docker's configuration, contexts and certificates.
    pub(crate) fn docker_configuration(&self) -> Option<PathBuf> {
        self.directory("DOCKER_CONFIG").or_else(|| self.in_home(".docker"))
    }
}

/// The usual `XDG_RUNTIME_DIR`, where a rootless engine has its socket: services and `sudo` often leave it unset.
#[cfg(unix)]
fn runtime_directory() -> Option<String> {
    let user = nix::unistd::Uid::current();
    (!user.is_root()).then(|| format!("/run/user/{user}"))
}

#[cfg(not(unix))]
fn runtime_directory() -> Option<String> {
    None
}
