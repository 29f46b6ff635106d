use std::io;

use serde_json::json;
use tar::{EntryType, Header};

use super::{Engine, api::container, http::Upload};
use crate::{
    error::{Code, Error, Result},
    label,
};

/// Where the helper container mounts the volume.
const CONTENT: &str = "/.cofferdam-volume";

/// Writes to a volume through a container that mounts it and is never started.
pub struct VolumeWriter<'a> {
    engine: &'a Engine,
    container: String,
}

impl<'a> VolumeWriter<'a> {
    /// Creates the container. Any image of the engine will do.
    ///
    /// # Errors
    /// `IMAGE_NOT_FOUND`; those of any call.
    pub async fn create(engine: &'a Engine, image: &str, volume: &str) -> Result<Self> {
        let body = json!({
            "Image": image,
            "Entrypoint": ["/never-started"],
            "Labels": { label::HELPER: volume },
            "HostConfig": {
                "Mounts": [{ "Type": "volume", "Source": volume, "Target": CONTENT }],
                "NetworkMode": "none",
            },
        });
        let container = engine.create_container(None, &body).await?;
        Ok(Self { engine, container })
    }

    /// Whether the volume holds a file.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn holds(&self, name: &str) -> Result<bool> {
        let path = format!("{CONTENT}/{name}");
        let found = container::has_path(self.engine, &self.container, &path);
        self.engine.promptly("look into a volume", found).await
    }

    /// Writes files, in this order, each given as (name, mode, content).
    ///
    /// # Errors
    /// Those of any call.
    pub async fn write(&self, files: &[(&str, u32, &[u8])]) -> Result<()> {
        let archive = archive(files).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let how = container::Extraction::default();
        container::extract(self.engine, &self.container, CONTENT, how, Upload::complete(archive)).await
    }

    /// Removes the container; the volume stays.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove(self) -> Result<()> {
        self.engine.remove_container(&self.container).await
    }
}

fn archive(files: &[(&str, u32, &[u8])]) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, mode, content) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, *content)?;
    }
    archive.into_inner()
}
