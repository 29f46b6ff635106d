use std::cell::RefCell;

use cofferdam_protocol::ulimit::Ulimit;
use nix::{errno::Errno, sys::resource::Resource, unistd::Gid};

use super::{
    limits::LimitCounters,
    mark::Mark,
    privileges::{self, Privileges},
    tag::Tags,
};

use crate::ids::Ids;

/// What separates commands from the agent. Decided once, when the agent starts.
pub enum Confinement {
    /// A container with the agent as PID 1. Commands run as its user and carry tags.
    Container {
        /// What commands give up.
        privileges: Privileges,
        /// What their processes are found by.
        tags: RefCell<Tags>,
    },
    /// Nothing. The agent is a process of the host and runs one command, which may do what the agent may.
    Host,
}

impl Confinement {
    /// A container in which commands run as this user, with these tags, in these groups of the image, and within these limits.
    pub fn container(
        ids: Ids,
        tags: Tags,
        groups: impl IntoIterator<Item = u32>,
        ulimits: Vec<(Resource, Ulimit)>,
    ) -> Self {
        // Root's group would come close to root.
        let kept = groups.into_iter().filter(|group| *group != 0 && !tags.contains(*group));
        Self::Container {
            privileges: Privileges::of(ids, kept.map(Gid::from_raw).collect(), ulimits),
            tags: RefCell::new(tags),
        }
    }

    /// The mark of the next command and of everything that it will start.
    pub fn mark(&self) -> Mark {
        match self {
            Self::Container { tags, .. } => Mark::Tag(tags.borrow_mut().take()),
            Self::Host => Mark::Descent,
        }
    }

    /// In a child: takes on the identity that commands have, for good.
    pub fn enter(&self, mark: Mark) -> Result<(), Errno> {
        match (self, mark) {
            (Self::Container { privileges, .. }, Mark::Tag(tag)) => privileges.drop(tag),
            (Self::Container { .. }, Mark::Descent) => Err(Errno::EINVAL),
            (Self::Host, _) => privileges::renounce(),
        }
    }

    /// The counters that include what happens to a command's processes.
    pub fn limit_counters(&self) -> LimitCounters {
        match self {
            Self::Container { .. } => LimitCounters::of_container(),
            Self::Host => LimitCounters::of_host(),
        }
    }
}
