use crate::text::entry;

/// The number of processes that the kernel killed because memory ran out, of the text of
/// [`File::OomKills`](crate::File::OomKills) of either version, or of `/proc/vmstat` for the whole machine.
#[must_use]
pub fn oom_kills(text: &str) -> Option<u64> {
    entry(text, "oom_kill")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kills_are_counted_under_both_versions_and_on_the_whole_machine() {
        assert_eq!(oom_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"), Some(3));
        assert_eq!(oom_kills("low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n"), Some(2));
        assert_eq!(oom_kills("pgfault 9\noom_kill 4\nzone_reclaim_success 0\n"), Some(4));
        // Linux before 4.13.
        assert_eq!(oom_kills("oom_kill_disable 0\nunder_oom 0\n"), None);
    }
}
