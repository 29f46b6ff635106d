//! A running container.

use std::sync::atomic::AtomicU32;

use super::home::Home;
use crate::{link::Link, workspace::Workspace};

/// A running container and the link to its agent.
pub struct Live {
    /// The link.
    pub link: Link,
    /// The container's id.
    pub container: String,
    /// The sandbox's workspace.
    pub workspace: Workspace,
    /// What it depends on here.
    pub home: Home,
    /// Whether it was started just now.
    pub started: bool,
    /// How many commands the agent should have ended and has not confirmed.
    pub doubts: AtomicU32,
}

impl Live {
    /// Whether calls may use it: the link is open, and nobody has deleted or replaced its directories.
    pub fn is_usable(&self) -> bool {
        !self.link.is_closed() && self.home.is_there()
    }
}
