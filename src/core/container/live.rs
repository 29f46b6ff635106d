//! A running container.

use std::sync::atomic::AtomicU32;

use crate::{link::Link, workspace::Workspace};

/// A running container and the link to its agent.
pub struct Live {
    /// The link.
    pub link: Link,
    /// The container's id.
    pub container: String,
    /// The sandbox's workspace.
    pub workspace: Workspace,
    /// Whether it was started just now.
    pub started: bool,
    /// How many commands the agent should have ended and has not confirmed.
    pub doubts: AtomicU32,
}
