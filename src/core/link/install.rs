//! How the agent comes into containers: through a volume that is filled once per engine.

use cofferdam_protocol::layout;
use serde_json::{Value, json};

use super::binary::AgentBinary;
use crate::{
    engine::{Engine, volume::VolumeWriter},
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

impl Installed {
    /// The mount that brings it into a container.
    #[must_use]
    pub fn mount(&self) -> Value {
        json!({ "Type": "volume", "Source": self.volume, "Target": layout::AGENT_DIRECTORY, "ReadOnly": true })
    }
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
        if !engine.has_volume(&installed.volume).await? {
            fill(engine, image, &installed, binary).await?;
        }
        Ok(installed)
    }

    /// Fills the volume again if it does not hold the whole agent. `false` when it does.
    ///
    /// # Errors
    /// As [`Installer::install`].
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

    /// The name of the volume that holds, or will hold, the agent for this engine.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for an architecture without an agent; those of any call.
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
    /// `ENGINE_UNSUPPORTED` when there is none.
    pub fn binary(&self, architecture: &str) -> Result<&AgentBinary> {
        self.binaries.iter().find(|binary| binary.architecture == architecture).ok_or_else(|| {
            let built: Vec<_> = self.binaries.iter().map(|binary| binary.architecture).collect();
            Error::new(Code::EngineUnsupported, format!("there is no agent for {architecture}"))
                .hint("build cofferdam where the Rust target for that architecture is installed")
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
