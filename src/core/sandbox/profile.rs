use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::options::{Network, Options, User, WorkspaceOption};
use crate::engine::EngineOptions;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// A preset of limits and isolation. Each option can be set apart from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Profile {
    /// A chat's own machine: kept, with a network, half a processor.
    Conversation,
    /// A working session: no network, nothing of the image can be changed.
    Session,
    /// One task: like a session, with more of the processor, and gone afterwards.
    Task,
}

impl Profile {
    /// The name in labels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Session => "session",
            Self::Task => "task",
        }
    }

    /// The options of a sandbox that says nothing else.
    #[must_use]
    pub fn options(self) -> Options {
        let conversation = Options {
            profile: self,
            engine: EngineOptions::default(),
            data_dir: PathBuf::from("./data/sandboxes"),
            image: "ai-sandbox:latest".to_owned(),
            memory: 512 * MIB,
            cpus: 0.5,
            pids: 100,
            disk: None,
            timeout: Duration::from_secs(30),
            max_timeout: Duration::from_mins(5),
            output_limit: 100 * 1024,
            network: Network::Enabled,
            dns: Vec::new(),
            read_only: false,
            tmpfs: BTreeMap::new(),
            user: User::Auto,
            env: BTreeMap::new(),
            runtime: None,
            labels: BTreeMap::new(),
            mounts: Vec::new(),
            workspace: WorkspaceOption::Auto,
            workspace_dir: None,
        };
        // Where nothing else can be written, programs still need these two.
        let tmpfs = || BTreeMap::from([("/tmp".to_owned(), 50 * MIB), ("/run".to_owned(), 10 * MIB)]);
        match self {
            Self::Conversation => conversation,
            Self::Session => Options {
                data_dir: PathBuf::from("./data/sessions"),
                cpus: 1.0,
                pids: 20,
                disk: Some(GIB),
                timeout: Duration::from_mins(5),
                network: Network::None,
                read_only: true,
                tmpfs: tmpfs(),
                ..conversation
            },
            Self::Task => Options {
                // Of each user his own: it is private.
                data_dir: std::env::temp_dir().join(format!("cofferdam-tasks-{}", nix::unistd::geteuid())),
                cpus: 2.0,
                pids: 32,
                disk: Some(GIB),
                network: Network::None,
                read_only: true,
                tmpfs: tmpfs(),
                ..conversation
            },
        }
    }
}
