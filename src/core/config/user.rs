//! The user that commands run as.

use nix::unistd::{getegid, geteuid};
use serde::{Deserialize, Serialize};

use super::user_range::UserRange;
use crate::error::Error;

/// The user that commands run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum User {
    /// The user of this process, or 1000:1000 when that is root.
    Auto,
    /// These ids; neither may be 0.
    Ids(Ids),
    /// A user of the sandbox's own, whose id comes from a range. `None`: the engine's usual range.
    Unique(Option<UserRange>),
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
    /// The ids that commands of every sandbox run with; `None` if each sandbox has its own.
    #[must_use]
    pub fn common(self) -> Option<Ids> {
        match self {
            Self::Ids(ids) => Some(ids),
            Self::Auto if geteuid().is_root() => Some(Ids { uid: 1000, gid: 1000 }),
            Self::Auto => Some(Ids { uid: geteuid().as_raw(), gid: getegid().as_raw() }),
            Self::Unique(_) => None,
        }
    }

    /// Whether the workspace must be a volume: only root can give a directory of the host to another user.
    #[must_use]
    pub fn needs_volume(self) -> bool {
        matches!(self, Self::Unique(_)) && !geteuid().is_root()
    }

    /// Whether both ids can belong to an unprivileged user: neither is root's, nor the one that means "unchanged".
    #[must_use]
    pub fn is_unprivileged(self) -> bool {
        let allowed = |id: u32| id != 0 && id != u32::MAX;
        match self {
            Self::Auto | Self::Unique(_) => true,
            Self::Ids(Ids { uid, gid }) => allowed(uid) && allowed(gid),
        }
    }
}

/// The error for a user that the containers of an engine with a user namespace can't have. `wanted` are the ids, for people.
#[must_use]
pub fn unmapped(wanted: &str) -> Error {
    let message = format!("user: the engine's containers have a user namespace without the ids {wanted}");
    Error::invalid("user", message).hint("such a namespace usually has the ids from 0 to 65535")
}
