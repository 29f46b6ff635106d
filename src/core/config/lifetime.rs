//! How long a container lives.

use serde::{Deserialize, Serialize};

/// How long a sandbox's container lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lifetime {
    /// Until it is removed: it is stopped and started again, and later processes find it.
    #[default]
    Kept,
    /// No longer than the process that uses it: the agent ends with its last link, and the engine removes the container.
    Tethered,
}

impl Lifetime {
    /// Whether the container ends with the process that uses it.
    #[must_use]
    pub fn is_tethered(self) -> bool {
        self == Self::Tethered
    }
}
