use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use cofferdam_protocol::names::{GROUP, PASSWD};

use crate::{engine::Engine, error::Result, single_flight::SingleFlight};

/// The names that images have for users and groups. Each image is read once.
#[derive(Default)]
pub struct ImageNames(Mutex<HashMap<String, Arc<SingleFlight<Arc<Names>>>>>);

/// The names of an image.
pub struct Names {
    /// Its `/etc/passwd`.
    pub passwd: String,
    /// Its `/etc/group`.
    pub group: String,
}

impl ImageNames {
    /// The names of an image, by its id.
    ///
    /// # Errors
    /// As [`Engine::image_files`].
    pub async fn of(&self, engine: &Arc<Engine>, image_id: &str) -> Result<Arc<Names>> {
        let flight = {
            let mut images = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(images.entry(image_id.to_owned()).or_default())
        };
        let read = || {
            let (engine, image) = (Arc::clone(engine), image_id.to_owned());
            async move {
                let [passwd, group] = engine.image_files(&image, [PASSWD, GROUP]).await?;
                Ok(Arc::new(Names { passwd, group }))
            }
        };
        flight.get(|_| true, read).await
    }
}
