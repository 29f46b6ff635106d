use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::{facts::Learned, image_names::ImageNames};
use crate::{
    engine::{Engine, EngineOptions, Features},
    error::Result,
    link::{Installed, Installer},
    single_flight::SingleFlight,
    store::{
        data_directory::DataDirectory,
        record::{Records, records_in},
    },
};

/// What all sandboxes of one data directory share. Nothing is connected to or created until it is needed.
pub struct Site {
    engine_options: EngineOptions,
    data_dir: PathBuf,
    engine: SingleFlight<Arc<Engine>>,
    directory: SingleFlight<Arc<DataDirectory>>,
    /// The one that was opened last.
    former: Arc<Mutex<Option<Arc<DataDirectory>>>>,
    agent: SingleFlight<Installed>,
    engine_root: SingleFlight<PathBuf>,
    features: SingleFlight<Features>,
    /// Puts the agent on the engine.
    pub installer: Arc<Installer>,
    /// The names of users and groups in images.
    pub image_names: ImageNames,
    /// What was learned so far.
    pub learned: Learned,
}

impl Site {
    /// The site with this engine and data directory.
    pub fn new(engine_options: EngineOptions, data_dir: PathBuf, installer: Installer) -> Self {
        Self {
            engine_options,
            data_dir,
            engine: SingleFlight::default(),
            directory: SingleFlight::default(),
            former: Arc::default(),
            agent: SingleFlight::default(),
            engine_root: SingleFlight::default(),
            features: SingleFlight::default(),
            installer: Arc::new(installer),
            image_names: ImageNames::default(),
            learned: Learned::default(),
        }
    }

    /// The engine, which is found on the first call.
    ///
    /// # Errors
    /// As [`Engine::connect`].
    pub async fn engine(&self) -> Result<Arc<Engine>> {
        let connect = || {
            let options = self.engine_options.clone();
            async move { Box::pin(Engine::connect(&options)).await.map(Arc::new) }
        };
        self.engine.get(|_| true, connect).await
    }

    /// The data directory, which is opened on the first call, and again after it was deleted or replaced.
    ///
    /// # Errors
    /// As [`DataDirectory::open`].
    pub async fn directory(&self) -> Result<Arc<DataDirectory>> {
        let open = || {
            let (path, former) = (self.data_dir.clone(), Arc::clone(&self.former));
            async move {
                let mut former = former.lock().unwrap_or_else(PoisonError::into_inner);
                let directory = DataDirectory::open_as(&path, former.as_deref()).map(Arc::new)?;
                *former = Some(Arc::clone(&directory));
                Ok(directory)
            }
        };
        self.directory.get(|directory| directory.is_there(), open).await
    }

    /// Both at once.
    ///
    /// # Errors
    /// Those of [`Self::engine`] and [`Self::directory`].
    pub async fn open(&self) -> Result<(Arc<Engine>, Arc<DataDirectory>)> {
        tokio::try_join!(self.engine(), self.directory())
    }

    /// The agent on the engine. It is installed on the first call, with the help of this image.
    ///
    /// # Errors
    /// As [`Installer::install`].
    pub async fn agent(&self, engine: &Arc<Engine>, image: &str) -> Result<Installed> {
        let install = || {
            let (installer, engine) = (Arc::clone(&self.installer), Arc::clone(engine));
            let image = image.to_owned();
            async move { installer.install(&engine, &image).await }
        };
        self.agent.get(|_| true, install).await
    }

    /// Where the engine keeps its data, which no sandbox may be given.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn engine_root(&self, engine: &Arc<Engine>) -> Result<PathBuf> {
        let ask = || {
            let engine = Arc::clone(engine);
            async move { engine.data_root().await }
        };
        self.engine_root.get(|_| true, ask).await
    }

    /// What the engine can do. It is asked on the first call.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn features(&self, engine: &Arc<Engine>) -> Result<Features> {
        let ask = || {
            let engine = Arc::clone(engine);
            async move { engine.features().await }
        };
        self.features.get(|_| true, ask).await
    }

    /// Asks the engine again what it can do; whether that is something else than before. Another engine may answer by now.
    pub async fn has_other_features(&self, engine: &Arc<Engine>, before: Features) -> bool {
        // Nothing in it fails.
        let _ = self.features.take(|_| async { Ok(()) }).await;
        self.features(engine).await.is_ok_and(|now| now != before)
    }

    /// The records of sessions. They can be read before the data directory is opened.
    pub fn records(&self) -> Records {
        records_in(&self.data_dir)
    }
}
