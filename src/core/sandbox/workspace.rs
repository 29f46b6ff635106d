//! Where the files of a sandbox are.

use std::{fs, path::PathBuf};

use cofferdam_protocol::layout;
use serde_json::{Value, json};

use super::{directory::DataDirectory, id::SandboxId, options::Ids};

use crate::{
    engine::Engine,
    error::{Code, Error, Result},
    hex::random_hex,
    label,
    link::{Installed, Link, file},
};

/// The workspace of one sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workspace {
    /// A directory of the host.
    Bind(PathBuf),
    /// A volume of the engine.
    Volume(String),
}

impl Workspace {
    /// The workspace as a directory of the host.
    pub fn bind(directory: &DataDirectory, id: &SandboxId) -> Self {
        Self::Bind(directory.workspace(id))
    }

    /// The workspace as a volume.
    pub fn volume(directory: &DataDirectory, id: &SandboxId) -> Self {
        Self::Volume(directory.container_name(id))
    }

    /// The workspace as the label of a container says.
    pub fn from_label(directory: &DataDirectory, id: &SandboxId, label: Option<&String>) -> Self {
        match label.map(String::as_str) {
            Some("volume") => Self::volume(directory, id),
            _ => Self::bind(directory, id),
        }
    }

    /// `bind` or `volume`.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Bind(_) => "bind",
            Self::Volume(_) => "volume",
        }
    }

    /// The directory on the host, or the volume's name.
    pub fn location(&self) -> String {
        match self {
            Self::Bind(path) => path.display().to_string(),
            Self::Volume(name) => name.clone(),
        }
    }

    /// The mount as the engine takes it.
    pub fn mount(&self) -> Value {
        match self {
            Self::Bind(_) => json!({
                "Type": "bind", "Source": self.location(), "Target": layout::WORKSPACE, "ReadOnly": false,
            }),
            // Without NoCopy, the engine fills an empty volume with what the image has there, which a bind never does.
            Self::Volume(_) => json!({
                "Type": "volume", "Source": self.location(), "Target": layout::WORKSPACE, "ReadOnly": false,
                "VolumeOptions": { "NoCopy": true },
            }),
        }
    }

    /// Creates a labelled volume; one that exists is left as it is.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn make_volume(
        engine: &Engine,
        directory: &DataDirectory,
        id: &SandboxId,
        name: &str,
    ) -> Result<()> {
        let labels = json!({ label::NAMESPACE: directory.namespace(), label::SANDBOX: id.as_str() });
        engine.create_volume(name, &labels).await
    }

    /// Hands a volume to the sandbox's user: a new one belongs to root, or to whom the image says. Only a
    /// process in a container can: what the engine unpacks in a volume never changes its own directory.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn hand_over(&self, engine: &Engine, image: &str, user: Ids, agent: &Installed) -> Result<()> {
        let Self::Volume(name) = self else { return Ok(()) };
        let body = json!({
            "Image": image,
            "User": "0:0",
            "Entrypoint": [layout::AGENT, "own", format!("{}:{}", user.uid, user.gid)],
            "Cmd": [],
            "Labels": { label::HELPER: name },
            "HostConfig": {
                "CapDrop": ["ALL"],
                "CapAdd": ["CHOWN"],
                "SecurityOpt": ["no-new-privileges"],
                "Mounts": [self.mount(), agent.mount()],
                "NetworkMode": "none",
                "Init": false,
            },
        });
        let helper = engine.create_container(None, &body).await?;
        let ended = async {
            engine.start_container(&helper).await?;
            engine.wait_container(&helper).await
        };
        let code = ended.await;
        engine.remove_container(&helper).await?;
        match code? {
            0 => Ok(()),
            code => Err(Error::new(
                Code::EngineError,
                format!("the volume {name} could not be given to its user"),
            )
            .detail("exitCode", code)),
        }
    }

    /// Whether what the sandbox writes arrives where the host looks: not so when the engine is on another
    /// machine, or this process in a container. Tried with a file of a random name.
    ///
    /// # Errors
    /// `SANDBOX_LOST`.
    pub async fn is_shared(&self, link: &Link) -> Result<bool> {
        let Self::Bind(path) = self else { return Ok(false) };
        let nonce = random_hex().map_err(|error| Error::new(Code::Internal, error.to_string()))?;
        let name = format!(".cofferdam-probe-{nonce}");
        match file::write(link, &name, b"").await {
            Ok(()) => Ok(fs::remove_file(path.join(&name)).is_ok()),
            Err(error) if error.code() == Code::FileError => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes the workspace with all that is in it; one that is not there is fine.
    ///
    /// # Errors
    /// `FILE_ERROR`, and those of any call.
    pub async fn delete(&self, engine: &Engine) -> Result<()> {
        match self {
            Self::Bind(path) => delete_directory(path.clone()).await,
            Self::Volume(name) => engine.remove_volume(name).await,
        }
    }
}

/// Deletes the directory of a workspace with all that is in it; one that is not there is fine.
///
/// # Errors
/// `FILE_ERROR`.
pub async fn delete_directory(path: PathBuf) -> Result<()> {
    let deleted = tokio::task::spawn_blocking(move || {
        cofferdam_fstree::delete_tree(&path)
            .map_err(|errno| super::directory::failed("delete the workspace", &path, &errno.into()))
    });
    deleted.await.map_err(|panic| Error::new(Code::Internal, panic.to_string()))?
}
