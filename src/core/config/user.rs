//! The user that commands run as.

use nix::unistd::{getegid, geteuid};
use serde::{Deserialize, Serialize};

/// The user that commands run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum User {
    /// The user of this process, or 1000:1000 when that is root.
    Auto,
    /// These ids; neither may be 0.
    Ids(Ids),
}

/// A user id and a group id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ids {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

impl User {
    /// The ids that commands run with.
    #[must_use]
    pub fn ids(self) -> Ids {
        match self {
            Self::Ids(ids) => ids,
            Self::Auto if geteuid().is_root() => Ids { uid: 1000, gid: 1000 },
            Self::Auto => Ids { uid: geteuid().as_raw(), gid: getegid().as_raw() },
        }
    }

    /// Whether both ids can belong to an unprivileged user: neither is root's, nor the one that means "unchanged".
    #[must_use]
    pub fn is_unprivileged(self) -> bool {
        let allowed = |id: u32| id != 0 && id != u32::MAX;
        match self {
            Self::Auto => true,
            Self::Ids(Ids { uid, gid }) => allowed(uid) && allowed(gid),
        }
    }
}
