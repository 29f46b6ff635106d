use std::sync::{Arc, OnceLock};

use super::{directory::DataDirectory, options::Options};

use crate::{
    engine::Engine,
    error::Result,
    link::{Installed, Installer},
    single_flight::SingleFlight,
};

/// What a sandbox is to be like, and what it shares with the others of its data directory.
pub struct Context {
    /// What it is like.
    pub options: Options,
    /// What it shares.
    pub shared: Arc<Shared>,
}

/// What all sandboxes of one data directory share.
pub struct Shared {
    engine: SingleFlight<Arc<Engine>>,
    directory: SingleFlight<Arc<DataDirectory>>,
    agent: SingleFlight<Installed>,
    /// Puts it there.
    pub installer: Arc<Installer>,
    /// Whether the engine was seen to share the data directory.
    pub shares_directory: OnceLock<bool>,
    /// Whether it was seen to share what this process mounts there.
    pub shares_disks: OnceLock<bool>,
}

impl Context {
    pub fn new(options: Options, installer: Installer) -> Self {
        let shared = Shared {
            engine: SingleFlight::default(),
            directory: SingleFlight::default(),
            agent: SingleFlight::default(),
            installer: Arc::new(installer),
            shares_directory: OnceLock::new(),
            shares_disks: OnceLock::new(),
        };
        Self { options, shared: Arc::new(shared) }
    }

    /// For a sandbox of the same engine and directory that is like this.
    pub fn with(&self, options: Options) -> Self {
        let (engine, data_dir) = (self.options.engine.clone(), self.options.data_dir.clone());
        Self { options: Options { engine, data_dir, ..options }, shared: Arc::clone(&self.shared) }
    }

    /// The engine, found when it is first needed.
    pub async fn engine(&self) -> Result<Arc<Engine>> {
        let options = self.options.engine.clone();
        let connect = || {
            let options = options.clone();
            async move { Box::pin(Engine::connect(&options)).await.map(Arc::new) }
        };
        self.shared.engine.get(|_| true, connect).await
    }

    /// The data directory, made when it is first needed.
    pub async fn directory(&self) -> Result<Arc<DataDirectory>> {
        let path = self.options.data_dir.clone();
        let open = || {
            let path = path.clone();
            async move { DataDirectory::open(&path).map(Arc::new) }
        };
        self.shared.directory.get(|_| true, open).await
    }

    /// The agent on the engine.
    pub async fn agent(&self, engine: &Arc<Engine>) -> Result<Installed> {
        let install = || {
            let (installer, engine) = (Arc::clone(&self.shared.installer), Arc::clone(engine));
            let image = self.options.image.clone();
            async move { installer.install(&engine, &image).await }
        };
        self.shared.agent.get(|_| true, install).await
    }
}
