use std::cell::RefCell;

use nix::errno::Errno;

use crate::{
    process::{
        mark::Mark,
        oom::OomCounter,
        privileges::{self, Privileges},
        tag::Tags,
    },
    user::Ids,
};

/// What stands between commands and the agent. Decided once, at the agent's start.
pub enum Confinement {
    /// A container whose PID 1 the agent is: commands become its user, and carry tags.
    Container {
        /// What they give up.
        privileges: Privileges,
        /// What they are found by.
        tags: RefCell<Tags>,
    },
    /// Nothing. The agent is a process of the host and runs one command, which is as free as itself.
    Host,
}

impl Confinement {
    /// A container in which commands run as this user.
    pub fn container(ids: Ids) -> Self {
        Self::Container { privileges: Privileges::of(ids), tags: RefCell::new(Tags::from_gid_map()) }
    }

    /// What the next command and all that it starts are found by.
    pub fn mark(&self) -> Mark {
        match self {
            Self::Container { tags, .. } => Mark::Tag(tags.borrow_mut().take()),
            Self::Host => Mark::Descent,
        }
    }

    /// In a child: becomes what commands are, for good.
    pub fn enter(&self, mark: Mark) -> Result<(), Errno> {
        match (self, mark) {
            (Self::Container { privileges, .. }, Mark::Tag(tag)) => privileges.drop(tag),
            (Self::Container { .. }, Mark::Descent) => Err(Errno::EINVAL),
            (Self::Host, _) => privileges::renounce(),
        }
    }

    /// The count of out-of-memory kills that a command's own would be in.
    pub fn oom_counter(&self) -> OomCounter {
        match self {
            Self::Container { .. } => OomCounter::of_container(),
            Self::Host => OomCounter::of_host(),
        }
    }
}
