use std::sync::{Arc, atomic::AtomicBool};

use super::{directory::DataDirectory, options::Options};
use crate::{
    agent::{Installed, Installer},
    engine::Engine,
    error::Result,
    single_flight::SingleFlight,
};

/// What all sandboxes of one data directory share.
pub struct Context {
    /// What they are like.
    pub options: Options,
    engine: SingleFlight<Arc<Engine>>,
    directory: SingleFlight<Arc<DataDirectory>>,
    agent: SingleFlight<Installed>,
    /// Puts it there.
    pub installer: Arc<Installer>,
    /// The engine was seen to share the data directory.
    pub shares_directory: AtomicBool,
    /// The engine was seen not to share it.
    pub lacks_directory: AtomicBool,
}

impl Context {
    pub fn new(options: Options, installer: Installer) -> Self {
        Self {
            options,
            engine: SingleFlight::default(),
            directory: SingleFlight::default(),
            agent: SingleFlight::default(),
            installer: Arc::new(installer),
            shares_directory: AtomicBool::new(false),
            lacks_directory: AtomicBool::new(false),
        }
    }

    /// The engine, found when it is first needed.
    pub async fn engine(&self) -> Result<Arc<Engine>> {
        let options = self.options.engine.clone();
        let connect = || {
            let options = options.clone();
            async move { Box::pin(Engine::connect(&options)).await.map(Arc::new) }
        };
        self.engine.get(|_| true, connect).await
    }

    /// The data directory, made when it is first needed.
    pub async fn directory(&self) -> Result<Arc<DataDirectory>> {
        let path = self.options.data_dir.clone();
        let open = || {
            let path = path.clone();
            async move { DataDirectory::open(&path).map(Arc::new) }
        };
        self.directory.get(|_| true, open).await
    }

    /// The agent on the engine.
    pub async fn agent(&self, engine: &Arc<Engine>) -> Result<Installed> {
        let install = || {
            let (installer, engine) = (Arc::clone(&self.installer), Arc::clone(engine));
            let image = self.options.image.clone();
            async move { installer.install(&engine, &image).await }
        };
        self.agent.get(|_| true, install).await
    }
}
