use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use cofferdam_protocol::layout;

use super::sources::has_this_kernel;
use crate::{
    error::{Code, Result},
    hostfs::Identity,
    link::{Link, file},
    site::Locked,
    store::data_directory::DataDirectory,
    workspace::Workspace,
};

/// The directories of this machine that a running container depends on.
pub struct Home {
    directory: Arc<DataDirectory>,
    /// The workspace that the container has mounted, where this process can tell.
    workspace: Option<(PathBuf, Identity)>,
}

impl Home {
    /// Compares the workspace that the container has mounted with the one that is at its path here. `None` if they are different: somebody
    /// has deleted or replaced the directory since the container was started.
    ///
    /// # Errors
    /// `SANDBOX_LOST`.
    pub async fn find(locked: &Locked, workspace: &Workspace, link: &Link) -> Result<Option<Self>> {
        let directory = Arc::clone(&locked.directory);
        let is_own = *workspace == Workspace::bind(&directory, &locked.definition.id);
        if !is_own || !has_this_kernel(link).await? {
            return Ok(Some(Self { directory, workspace: None }));
        }
        let path = directory.workspace_here(&locked.definition.id);
        let mounted = match file::identify(link, layout::WORKSPACE).await {
            Err(error) if error.code() == Code::FileError => return Ok(None),
            identified => identified?,
        };
        let is_here = identify(&path).is_ok_and(|here| here == mounted);
        Ok(is_here.then(|| Self { directory, workspace: Some((path, mounted)) }))
    }

    /// A container whose workspace is known to be another one than that here: the engine sees other files at the path.
    pub fn elsewhere(locked: &Locked) -> Self {
        Self { directory: Arc::clone(&locked.directory), workspace: None }
    }

    /// Whether they are still in their places.
    pub fn is_there(&self) -> bool {
        let is_same =
            |(path, mounted): &(PathBuf, Identity)| identify(path).is_ok_and(|here| here == *mounted);
        self.directory.is_there() && self.workspace.as_ref().is_none_or(is_same)
    }
}

fn identify(path: &Path) -> io::Result<Identity> {
    let found = fs::symlink_metadata(path)?;
    Ok(Identity { device: found.dev(), inode: found.ino() })
}
