use std::fs::File;

use cofferdam_cgroup::{File as CgroupFile, Version, memory_limit, oom_kills};
use cofferdam_protocol::process::Status;

use super::{counter::read, reaper::Ended};

/// A command that reports a killed child had one of at least this part of the memory limit.
const LARGE: u64 = 8;

/// Counts the processes that the kernel has killed because memory ran out.
///
/// The engine's `State.OOMKilled` is of no use: it stays false while the container runs, and later becomes true for other
/// reasons.
pub struct OomCounter(Option<File>);

/// Whether a command looks as if a process of it was killed because memory ran out, when some process of the container was.
///
/// The kernel tells how many it has killed, but not which. It kills the largest. So one that waited for a larger child was
/// itself ended by something else, and one that exits as if a child had been killed must have had a large one.
pub fn is_victim(ended: Ended) -> bool {
    let Ended { status, footprint } = ended;
    match status {
        Status::Signal(9) => footprint.was_largest(),
        Status::Code(137) => limit_of_container().is_none_or(|limit| footprint.peak >= limit / LARGE),
        _ => false,
    }
}

fn limit_of_container() -> Option<u64> {
    Version::ALL.into_iter().find_map(|version| {
        let text = std::fs::read_to_string(CgroupFile::MemoryLimit.in_container(version)).ok()?;
        memory_limit(version, &text)
    })
}

impl OomCounter {
    /// Counts the kills in this container.
    pub fn of_container() -> Self {
        Self(Version::ALL.into_iter().find_map(|version| open(&CgroupFile::OomKills.in_container(version))))
    }

    /// Counts the kills on the whole machine: the agent doesn't know which of its cgroups on the host has a limit.
    pub fn of_host() -> Self {
        Self(open("/proc/vmstat"))
    }

    /// The count so far; 0 when no counter can be read.
    pub fn count(&self) -> u64 {
        self.0.as_ref().and_then(|file| oom_kills(&read::<8192>(file)?)).unwrap_or(0)
    }
}

fn open(path: &str) -> Option<File> {
    File::open(path).ok()
}
