//! How the agent comes into containers: through a volume that is filled once per engine.

use std::{collections::HashMap, io};

use bollard::{
    body_full,
    models::{ContainerCreateBody, HostConfig, Mount, MountType, VolumeCreateRequest},
    query_parameters::{
        ContainerArchiveInfoOptions, CreateContainerOptions, RemoveContainerOptions, UploadToContainerOptions,
    },
};
use bytes::Bytes;
use tar::{EntryType, Header};

use super::binary::{self, AgentBinary};
use crate::{
    engine::{Engine, image::explain_missing, is_missing},
    error::{Code, Error, Result},
    label,
};

/// The last entry of the archive: where it is missing, the archive did not arrive whole.
const MARKER: &str = "complete";

/// Puts agents on an engine.
#[derive(Debug)]
pub struct Installer {
    binaries: Vec<AgentBinary>,
}

/// An agent that is on the engine.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The volume that holds it.
    pub volume: String,
    /// Its build.
    pub build: String,
}

impl Installer {
    /// Knows these agents, one an architecture.
    #[must_use]
    pub fn new(binaries: Vec<AgentBinary>) -> Self {
        Self { binaries }
    }

    /// Makes sure that a volume with the agent for the engine's architecture is there. One that is there is
    /// trusted; see [`Installer::repair`].
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for an architecture without an agent, `IMAGE_NOT_FOUND` when the helper container
    /// has no image to be made from.
    pub async fn install(&self, engine: &Engine, image: &str) -> Result<Installed> {
        let (binary, installed) = self.agent_for(engine).await?;
        match engine
            .call("inspect the agent's volume", engine.docker().inspect_volume(&installed.volume))
            .await
        {
            Ok(_) => {}
            Err(error) if is_missing(&error) => fill(engine, image, &installed, binary).await?,
            Err(error) => return Err(error),
        }
        Ok(installed)
    }

    /// Fills the volume again if it does not hold the whole agent. `false` when it does.
    ///
    /// # Errors
    /// As [`Installer::install`].
    pub async fn repair(&self, engine: &Engine, image: &str) -> Result<bool> {
        let (binary, installed) = self.agent_for(engine).await?;
        let helper = Helper::create(engine, image, &installed).await?;
        let whole = helper.has_marker().await;
        let outcome = match whole {
            Ok(false) => helper.upload(binary).await.map(|()| true),
            Ok(true) => Ok(false),
            Err(error) => Err(error),
        };
        helper.remove().await?;
        outcome
    }

    async fn agent_for(&self, engine: &Engine) -> Result<(&AgentBinary, Installed)> {
        let architecture = engine.architecture().await?;
        let binary =
            self.binaries.iter().find(|binary| binary.architecture == architecture).ok_or_else(|| {
                let built: Vec<_> = self.binaries.iter().map(|binary| binary.architecture).collect();
                Error::new(
                    Code::EngineUnsupported,
                    format!("there is no agent for an engine on {architecture}"),
                )
                .hint("build cofferdam where the Rust target for that architecture is installed")
                .detail("built", built)
            })?;
        let build = binary.build();
        Ok((binary, Installed { volume: format!("cofferdam-agent-{build}"), build }))
    }
}

async fn fill(engine: &Engine, image: &str, installed: &Installed, binary: &AgentBinary) -> Result<()> {
    let request = VolumeCreateRequest {
        name: Some(installed.volume.clone()),
        labels: Some(HashMap::from([(label::AGENT.to_owned(), installed.build.clone())])),
        ..Default::default()
    };
    engine.call("create the agent's volume", engine.docker().create_volume(request)).await?;
    let helper = Helper::create(engine, image, installed).await?;
    let uploaded = helper.upload(binary).await;
    helper.remove().await?;
    uploaded
}

/// A container that is never started: through it the engine writes to the volume.
struct Helper<'a> {
    engine: &'a Engine,
    id: String,
}

impl<'a> Helper<'a> {
    async fn create(engine: &'a Engine, image: &str, installed: &Installed) -> Result<Self> {
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec![binary::PATH.to_owned()]),
            labels: Some(HashMap::from([(label::HELPER.to_owned(), installed.build.clone())])),
            host_config: Some(HostConfig {
                mounts: Some(vec![Mount {
                    typ: Some(MountType::VOLUME),
                    source: Some(installed.volume.clone()),
                    target: Some(binary::DIRECTORY.to_owned()),
                    ..Default::default()
                }]),
                network_mode: Some("none".to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let create = engine.docker().create_container(None::<CreateContainerOptions>, body);
        match engine.call("create a container", create).await {
            Ok(created) => Ok(Self { engine, id: created.id }),
            Err(error) => Err(explain_missing(engine, image, error).await),
        }
    }

    async fn has_marker(&self) -> Result<bool> {
        let options = ContainerArchiveInfoOptions { path: format!("{}/{MARKER}", binary::DIRECTORY) };
        let info = self.engine.docker().get_container_archive_info(&self.id, Some(options));
        match self.engine.call("look into the agent's volume", info).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn upload(&self, binary: &AgentBinary) -> Result<()> {
        let archive = archive(binary).map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let options = UploadToContainerOptions { path: binary::DIRECTORY.to_owned(), ..Default::default() };
        let upload = self.engine.docker().upload_to_container(&self.id, Some(options), body_full(archive));
        self.engine.long_call("take the agent", upload).await
    }

    async fn remove(self) -> Result<()> {
        let options = RemoveContainerOptions { force: true, ..Default::default() };
        self.engine
            .long_call("remove a container", self.engine.docker().remove_container(&self.id, Some(options)))
            .await
    }
}

fn archive(binary: &AgentBinary) -> io::Result<Bytes> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, mode, content) in [("agent", 0o755, binary.bytes), (MARKER, 0o444, &[])] {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, name, content)?;
    }
    archive.into_inner().map(Bytes::from)
}
