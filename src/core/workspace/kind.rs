//! Where the workspace of a sandbox is: in a directory of the host, or in a volume.

use std::path::PathBuf;

use cofferdam_protocol::layout;
use serde_json::{Value, json};

use crate::{
    config::{
        id::SandboxId,
        options::{Options, WorkspaceOption},
    },
    engine::container::Container,
    label,
    site::Definition,
    store::data_directory::DataDirectory,
};

/// The workspace of one sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Workspace {
    /// A directory of the host, mounted in the container.
    Bind(PathBuf),
    /// A volume of the engine.
    Volume(String),
}

impl Workspace {
    /// Decides where the workspace is: where the options say; when they leave it open, where it was before, or where it
    /// can be.
    pub fn of(definition: &Definition, directory: &DataDirectory, existing: Option<&Container>) -> Self {
        let Definition { id, options, site } = definition;
        if let Some(path) = &options.workspace_dir {
            return Self::Bind(path.clone());
        }
        let is_volume = match (options.workspace, existing) {
            (WorkspaceOption::Bind, _) => false,
            (WorkspaceOption::Volume, _) => true,
            (WorkspaceOption::Auto, Some(container)) => {
                return Self::from_label(directory, id, container.labels.get(label::WORKSPACE));
            }
            (WorkspaceOption::Auto, None) => {
                options.user.needs_volume() || site.learned.shares_directory.is_false()
            }
        };
        if is_volume { Self::volume(directory, id) } else { Self::bind(directory, id) }
    }

    /// Whether the workspace would be a volume instead if the engine cannot mount the directory.
    pub fn may_become_volume(&self, options: &Options) -> bool {
        options.workspace == WorkspaceOption::Auto
            && options.workspace_dir.is_none()
            && matches!(self, Self::Bind(_))
    }

    /// The sandbox's directory in the data directory.
    pub fn bind(directory: &DataDirectory, id: &SandboxId) -> Self {
        Self::Bind(directory.workspace(id))
    }

    /// The sandbox's volume.
    pub fn volume(directory: &DataDirectory, id: &SandboxId) -> Self {
        Self::Volume(directory.container_name(id))
    }

    /// The workspace that the label of a container names.
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
}
