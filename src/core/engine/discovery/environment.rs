use std::{collections::BTreeMap, path::PathBuf};

/// The variables that are read. No others are kept, because they may be secrets.
const NAMES: [&str; 8] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_CONFIG",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "COLIMA_HOME",
];

/// The environment variables and home directory that the search for an engine uses.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process. Must not run while another thread changes it; in Node, call it on the
    /// main thread.
    #[must_use]
    pub fn of_process() -> Self {
        let read = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
        let mut variables: BTreeMap<_, _> = NAMES.iter().filter_map(|name| read(name)).collect();
        if let Some(directory) = runtime_directory() {
            variables.entry("XDG_RUNTIME_DIR".to_owned()).or_insert(directory);
        }
        Self { variables, home: std::env::home_dir() }
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
