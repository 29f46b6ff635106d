use std::fs::File;

use cofferdam_cgroup::{File as CgroupFile, Version, pids_refused};
use cofferdam_protocol::process::Limits;
use nix::sys::statvfs::statvfs;

use super::{counter::read, oom::OomCounter};
use crate::workspace::WORKSPACE;

/// With less space than this, in bytes, a file system counts as full: no program can do much with what is left.
const FULL: u64 = 64 * 1024;

/// Tells which limits of the sandbox are met while a command runs. Commands that run at the same time share them.
pub struct LimitCounters {
    oom: OomCounter,
    refused: Option<File>,
}

/// The counts at a moment.
#[derive(Clone, Copy)]
pub struct Counts {
    killed: u64,
    refused: u64,
}

impl LimitCounters {
    /// Those of this container.
    pub fn of_container() -> Self {
        let open = |version| File::open(CgroupFile::PidsRefused.in_container(version)).ok();
        Self { oom: OomCounter::of_container(), refused: Version::ALL.into_iter().find_map(open) }
    }

    /// Those of a host, which has no limit on processes that a command is known to be under.
    pub fn of_host() -> Self {
        Self { oom: OomCounter::of_host(), refused: None }
    }

    /// The counts now.
    pub fn count(&self) -> Counts {
        let refused = self.refused.as_ref().and_then(|file| pids_refused(&read::<64>(file)?));
        Counts { killed: self.oom.count(), refused: refused.unwrap_or(0) }
    }

    /// The limits that were met since then.
    pub fn met_since(&self, before: Counts) -> Limits {
        let now = self.count();
        Limits { memory: now.killed > before.killed, pids: now.refused > before.refused, disk: is_full() }
    }
}

fn is_full() -> bool {
    statvfs(WORKSPACE)
        .is_ok_and(|found| found.blocks() > 0 && found.blocks_available() * found.fragment_size() < FULL)
}
