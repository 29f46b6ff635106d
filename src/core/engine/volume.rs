//! Writing to volumes from outside.

use std::io;

use bollard::{
    body_full,
    query_parameters::{ContainerArchiveInfoOptions, UploadToContainerOptions},
};
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tar::{EntryType, Header};

use crate::engine::{
    Engine,
    http::{Request, segment},
    is_missing,
};
use crate::{
    error::{Code, Error, Result},
    label,
};

/// Where the volume is mounted.
const CONTENT: &str = "/.cofferdam-volume";

impl Engine {
    /// Creates a volume with labels; one that exists is left as it is.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn create_volume(&self, name: &str, labels: &Value) -> Result<()> {
        let request = Request::new("create a volume", Method::POST, "/volumes/create");
        self.ask(request.json(&json!({ "Name": name, "Labels": labels }))).await.map(drop)
    }

    /// Whether a volume exists.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn has_volume(&self, name: &str) -> Result<bool> {
        let path = format!("/volumes/{}", segment(name));
        match self.ask(Request::new("inspect a volume", Method::GET, path)).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a volume; one that does not exist is fine.
    ///
    /// # Errors
    /// `CONFLICT` when a container uses it; those of any call.
    pub async fn remove_volume(&self, name: &str) -> Result<()> {
        let path = format!("/volumes/{}", segment(name));
        match self.ask(Request::new("remove a volume", Method::DELETE, path)).await {
            Err(error) if is_missing(&error) => Ok(()),
            outcome => outcome.map(drop),
        }
    }
}

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
