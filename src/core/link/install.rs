//! Brings the agent into containers: through a volume that is filled once per engine.

use cofferdam_protocol::layout;
use serde_json::{Value, json};

use super::binary::AgentBinary;
use crate::{
    engine::{Engine, volume::VolumeWriter},
    error::{Code, Error, Result},
    label,
};

/// The last file written to the volume. If it is missing, the volume is incomplete.
const MARKER: &str = "complete";

/// Installs agents on engines.
#[derive(Debug)]
pub struct Installer {
    binaries: Vec<AgentBinary>,
}

/// An agent that is installed on an engine.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The volume that contains it.
    pub volume: String,
    /// Its build; see [`AgentBinary::build`].
    pub build: String,
}

impl Installed {
    /// The mount that makes it available in a container.
    #[must_use]
    pub fn mount(&self) -> Value {
        json!({ "Type": "volume", "Source": self.volume, "Target": layout::AGENT_DIRECTORY, "ReadOnly": true })
    }
}

impl Installer {
    /// An installer with these agents, one for each architecture.
    #[must_use]
    pub fn new(binaries: Vec<AgentBinary>) -> Self {
        Self { binaries }
    }

    /// Ensures that a volume with the agent for the engine's architecture exists. The content of an existing volume is not
    /// checked; see [`Installer::repair`].
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for an architecture without an agent, `IMAGE_NOT_FOUND` when the helper container's image is
    /// missing.
    pub async fn install(&self, engine: &Engine, image: &str) -> Result<Installed> {
        let (binary, installed) = self.agent_for(engine).await?;
        if !engine.has_volume(&installed.volume).await? {
            fill(engine, image, &installed, binary).await?;
        }
        Ok(installed)
    }

    /// Fills the volume again if it is incomplete. `false` if there was nothing to repair.
    ///
    /// # Errors
    /// Those of [`Installer::install`].
    pub async fn repair(&self, engine: &Engine, image: &str) -> Result<bool> {
        let (binary, installed) = self.agent_for(engine).await?;
        let volume = VolumeWriter::create(engine, image, &installed.volume).await?;
        let outcome = match volume.holds(MARKER).await {
            Ok(false) => write(&volume, binary).await.map(|()| true),
            Ok(true) => Ok(false),
            Err(error) => Err(error),
        };
        volume.remove().await?;
        outcome
    }

    /// The name of the volume for this engine's agent, whether it exists or not.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for an architecture without an agent, and those of any request to the engine.
    pub async fn volume(&self, engine: &Engine) -> Result<String> {
        self.agent_for(engine).await.map(|(_, installed)| installed.volume)
    }

    async fn agent_for(&self, engine: &Engine) -> Result<(&AgentBinary, Installed)> {
        let binary = self.binary(&engine.architecture().await?)?;
        let build = binary.build();
        Ok((binary, Installed { volume: format!("cofferdam-agent-{build}"), build }))
    }

    /// The agent for an architecture.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` if it is missing.
    pub fn binary(&self, architecture: &str) -> Result<&AgentBinary> {
        self.binaries.iter().find(|binary| binary.architecture == architecture).ok_or_else(|| {
            let built: Vec<_> = self.binaries.iter().map(|binary| binary.architecture).collect();
            Error::new(
                Code::EngineUnsupported,
                format!("this build of cofferdam has no agent for {architecture}"),
            )
            .hint("install the Rust target for that architecture and build cofferdam again")
            .detail("built", built)
        })
    }
}

async fn fill(engine: &Engine, image: &str, installed: &Installed, binary: &AgentBinary) -> Result<()> {
    engine.create_volume(&installed.volume, &json!({ label::AGENT: installed.build })).await?;
    let volume = VolumeWriter::create(engine, image, &installed.volume).await?;
    let written = write(&volume, binary).await;
    volume.remove().await?;
    written
}

async fn write(volume: &VolumeWriter<'_>, binary: &AgentBinary) -> Result<()> {
    volume.write(&[("agent", 0o755, binary.bytes), (MARKER, 0o444, &[])]).await
}
