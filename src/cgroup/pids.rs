use crate::text::{entry, number};

/// The number of processes and threads, of the text of [`File::Pids`](crate::File::Pids).
#[must_use]
pub fn pids(current: &str) -> Option<u64> {
    number(current)
}

/// Their limit, from the text of [`File::PidsLimit`](crate::File::PidsLimit). `None` if unlimited.
#[must_use]
pub fn pids_limit(limit: &str) -> Option<u64> {
    number(limit)
}

/// How often a process or thread was refused because of the limit, from the text of
/// [`File::PidsRefused`](crate::File::PidsRefused).
#[must_use]
pub fn pids_refused(events: &str) -> Option<u64> {
    entry(events, "max")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_write_pids_alike() {
        assert_eq!(pids("4\n"), Some(4));
        assert_eq!(pids_limit("108\n"), Some(108));
        assert_eq!(pids_limit("max\n"), None);
        assert_eq!(pids_refused("max 7\n"), Some(7));
        assert_eq!(pids_refused(""), None);
    }
}
