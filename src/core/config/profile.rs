//! Profiles: named sets of defaults.

use serde::{Deserialize, Serialize};

/// The preset that the other options take their defaults from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Profile {
    /// A chat's own machine: kept, with network access and half a processor.
    Conversation,
    /// A working session: no network, read-only root file system.
    Session,
    /// A single task: like a session with more processor time, and removed afterwards.
    Task,
}

impl Profile {
    /// The name as users and labels write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Session => "session",
            Self::Task => "task",
        }
    }
}
