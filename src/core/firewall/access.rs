use serde::{Deserialize, Serialize};

/// Whether sandboxes with a network may reach the host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HostAccess {
    /// None of its services, at any of its addresses.
    #[default]
    Deny,
    /// Its services that listen on more than the loopback interface.
    Allow,
}
