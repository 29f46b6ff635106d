use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::engine::{Environment, discovery::context::digest};

/// A home directory with a Docker configuration.
pub struct DockerConfiguration(TempDir);

impl DockerConfiguration {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        Self(home)
    }

    pub fn home(&self) -> &Path {
        self.0.path()
    }

    pub fn directory(&self) -> PathBuf {
        self.home().join(".docker")
    }

    /// Writes a file of the configuration, and the directories above it.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let file = self.directory().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    /// Creates a context, as `docker context create` does.
    pub fn context(&self, name: &str, endpoint: &str) {
        let meta = format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{endpoint}}}}}"#);
        self.write(&format!("contexts/meta/{}/meta.json", digest(name)), &meta);
    }

    /// Writes a certificate of a context.
    pub fn context_tls(&self, name: &str, file: &str, pem: &str) {
        self.write(&format!("contexts/tls/{}/docker/{file}", digest(name)), pem);
    }

    /// The environment of a user with this home directory.
    pub fn environment(&self, variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().copied(), Some(self.home().to_owned()))
    }
}
