use serde::{Deserialize, Serialize};

/// Whether sandboxes with a network may reach the host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HostAccess {
    /// None of its services, at any of its addresses.
    #[default]
    Deny,
    /// Its services that listen on more than the loopback interface.
    Allow,
}

impl HostAccess {
    /// The option's value: `deny` or `allow`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }
}
