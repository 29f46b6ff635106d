//! Writing to volumes from outside.

use std::{collections::HashMap, io};

use bollard::{
    body_full,
    models::{ContainerCreateBody, HostConfig, Mount, MountType},
    query_parameters::{ContainerArchiveInfoOptions, UploadToContainerOptions},
};
use bytes::Bytes;
use tar::{EntryType, Header};

use crate::engine::{Engine, is_missing};
use crate::{
    error::{Code, Error, Result},
    label,
};

/// Where the volume is mounted.
const CONTENT: &str = "/.cofferdam-volume";

/// A container that mounts a volume and is never started: through it the engine writes to the volume.
pub struct VolumeWriter<'a> {
    engine: &'a Engine,
    container: String,
}

impl<'a> VolumeWriter<'a> {
    /// Of this volume; any image will do that is on the engine.
    ///
    /// # Errors
    /// `IMAGE_NOT_FOUND`; those of any call.
    pub async fn create(engine: &'a Engine, image: &str, volume: &str) -> Result<Self> {
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec!["/never-started".to_owned()]),
            labels: Some(HashMap::from([(label::HELPER.to_owned(), volume.to_owned())])),
            host_config: Some(HostConfig {
                mounts: Some(vec![Mount {
                    typ: Some(MountType::VOLUME),
                    source: Some(volume.to_owned()),
                    target: Some(CONTENT.to_owned()),
                    ..Default::default()
                }]),
                network_mode: Some("none".to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let container = engine.create_container(None, body).await?;
        Ok(Self { engine, container })
    }

    /// Whether the volume holds a file.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn holds(&self, name: &str) -> Result<bool> {
        let options = ContainerArchiveInfoOptions { path: format!("{CONTENT}/{name}") };
        let info = self.engine.docker().get_container_archive_info(&self.container, Some(options));
        match self.engine.call("look into a volume", info).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes files, in this order, as (name, mode, content).
    ///
    /// # Errors
    /// Those of any call.
    pub async fn write(&self, files: &[(&str, u32, &[u8])]) -> Result<()> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, mode, content) in files {
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::Regular);
            header.set_mode(*mode);
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, name, *content).map_err(internal)?;
        }
        let archive = Bytes::from(archive.into_inner().map_err(internal)?);
        let options = UploadToContainerOptions { path: CONTENT.to_owned(), ..Default::default() };
        let upload =
            self.engine.docker().upload_to_container(&self.container, Some(options), body_full(archive));
        self.engine.long_call("write to a volume", upload).await
    }

    /// Removes the container; the volume stays.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove(self) -> Result<()> {
        self.engine.remove_container(&self.container).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn internal(error: io::Error) -> Error {
    Error::new(Code::Internal, error.to_string())
}
