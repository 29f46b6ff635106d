use std::{fs::File, os::unix::fs::FileExt};

/// The count of processes that the kernel killed for memory.
///
/// The engine's `State.OOMKilled` can't be used: it stays false while the container runs, and later turns
/// true for another reason.
pub struct OomCounter(Option<File>);

impl OomCounter {
    /// That of this container, on cgroup v2 or v1.
    pub fn of_container() -> Self {
        Self::open(&["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"])
    }

    /// That of the whole machine: which of its cgroups has a limit is nobody's business here.
    pub fn of_host() -> Self {
        Self::open(&["/proc/vmstat"])
    }

    fn open(files: &[&str]) -> Self {
        // Opened once and read by position: a command's start and end each cost one system call.
        Self(files.iter().find_map(|path| File::open(path).ok()))
    }

    /// The count; 0 when there is no counter to read.
    pub fn count(&self) -> u64 {
        let mut bytes = [0; 8192];
        let Some(length) = self.0.as_ref().and_then(|file| file.read_at(&mut bytes, 0).ok()) else {
            return 0;
        };
        parse(&String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()))
    }
}

fn parse(text: &str) -> u64 {
    text.lines()
        .find_map(|line| line.strip_prefix("oom_kill "))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_kill_counter_is_read_on_both_versions() {
        assert_eq!(parse("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"), 3);
        assert_eq!(parse("low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n"), 2);
        assert_eq!(parse("pgfault 9\noom_kill 4\nzone_reclaim_success 0\n"), 4);
        assert_eq!(parse(""), 0);
    }
}
