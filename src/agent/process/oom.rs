use std::{fs::File, os::unix::fs::FileExt};

use cofferdam_cgroup::{File as CgroupFile, Version, oom_kills};

/// Counts the processes that the kernel has killed because memory ran out.
///
/// The engine's `State.OOMKilled` is of no use: it stays false while the container runs, and later becomes true for other
/// reasons.
pub struct OomCounter(Option<File>);

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
        let mut bytes = [0; 8192];
        // The file stays open and is read by position: each command costs one system call at its start and at its end.
        let Some(length) = self.0.as_ref().and_then(|file| file.read_at(&mut bytes, 0).ok()) else {
            return 0;
        };
        oom_kills(&String::from_utf8_lossy(bytes.get(..length).unwrap_or_default())).unwrap_or(0)
    }
}

fn open(path: &str) -> Option<File> {
    File::open(path).ok()
}
