use std::{collections::HashSet, fs, ops::RangeInclusive};

use cofferdam_protocol::names::{self, NAMED_TAGS};
use nix::unistd::Gid;

use super::procfs;

/// Supplementary group ids that mark the processes of one command.
///
/// A process inherits its groups and can't drop one without `CAP_SETGID`. So everything that a command starts carries its
/// tag, however it detaches itself. The first of the range are used again and again, because they have names.
pub struct Tags {
    range: RangeInclusive<u32>,
    next: u32,
    /// How many were taken since the range was last started over.
    taken: u32,
    /// The tags that processes carried at that time.
    occupied: HashSet<u32>,
}

impl Tags {
    /// Takes the range from this container's `gid_map`.
    pub fn from_gid_map() -> Self {
        Self::new(names::tags(&fs::read_to_string("/proc/self/gid_map").unwrap_or_default()))
    }

    fn new(range: RangeInclusive<u32>) -> Self {
        Self { next: *range.end(), range, taken: 0, occupied: HashSet::new() }
    }

    /// The ids.
    pub fn range(&self) -> &RangeInclusive<u32> {
        &self.range
    }

    /// Takes a tag that no process carries.
    pub fn take(&mut self) -> Gid {
        self.take_with(procfs::groups_in_use)
    }

    fn take_with(&mut self, groups_in_use: impl Fn() -> HashSet<u32>) -> Gid {
        if self.taken >= NAMED_TAGS {
            self.start_over(&groups_in_use);
        }
        loop {
            let tag = self.next;
            if tag < *self.range.start() {
                self.start_over(&groups_in_use);
                continue;
            }
            self.next -= 1;
            if !self.occupied.contains(&tag) {
                self.taken += 1;
                return Gid::from_raw(tag);
            }
        }
    }

    fn start_over(&mut self, groups_in_use: impl Fn() -> HashSet<u32>) {
        self.next = *self.range.end();
        self.taken = 0;
        self.occupied = groups_in_use();
    }

    /// Whether a group id is a tag.
    pub fn contains(&self, gid: u32) -> bool {
        self.range.contains(&gid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_in_use_is_not_taken_again() {
        let mut tags = Tags::new(10..=12);
        let mut take = |in_use: &[u32]| tags.take_with(|| in_use.iter().copied().collect()).as_raw();
        assert_eq!([take(&[]), take(&[]), take(&[])], [12, 11, 10]);
        assert_eq!(take(&[12]), 11);
    }

    #[test]
    fn tags_with_names_are_used_first_and_others_when_they_are_in_use() {
        let mut tags = Tags::new(1..=1000);
        for expected in (937..=1000).rev() {
            assert_eq!(tags.take().as_raw(), expected);
        }
        let in_use: HashSet<u32> = (930..=1000).collect();
        assert_eq!(tags.take_with(|| in_use.clone()).as_raw(), 929);
    }
}
