use std::{collections::BTreeMap, path::PathBuf};

use bytes::Bytes;

use crate::{archive::Archive, error::Error, exec::result::ExecResult};

/// What isolates a task.
#[derive(Debug, Default)]
pub enum Isolation {
    /// A container of its own.
    #[default]
    Docker,
    /// Nothing: it is a process of this host.
    Host {
        /// Its environment.
        environment: BTreeMap<String, String>,
    },
}

/// One command and what it needs.
#[derive(Debug, Default)]
pub struct Task {
    /// What isolates it.
    pub isolation: Isolation,
    /// The image. `None`: that of the options. Ignored on the host.
    pub image: Option<String>,
    /// A directory of the host to work in. `None`: a new one, which is deleted afterwards.
    pub workspace_dir: Option<PathBuf>,
    /// Whether `workspace_dir` may be given to the user of the task if it belongs to root. Otherwise the task works on a copy.
    pub chown_workspace: bool,
    /// An archive that is unpacked into the workspace before the files are written.
    pub archive: Option<Archive>,
    /// Files that are written before the command runs.
    pub files: Vec<(String, Bytes)>,
}

/// What a task worked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskWorkspace {
    /// A new directory.
    Own,
    /// A directory of the caller's.
    Mounted,
    /// A copy of a directory of the caller's.
    Copied,
}

impl TaskWorkspace {
    /// The name as users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Mounted => "mounted",
            Self::Copied => "copied",
        }
    }
}

/// How a task ended.
#[derive(Debug)]
pub struct TaskResult {
    /// How its command ended.
    pub exec: ExecResult,
    /// The container that it had, which is gone.
    pub container_id: Option<String>,
    /// What it worked in.
    pub workspace: TaskWorkspace,
    /// Why something could not be removed. A later sweep removes it.
    pub leftover: Option<Error>,
}
