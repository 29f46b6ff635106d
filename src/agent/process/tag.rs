use std::{collections::HashSet, fs, ops::RangeInclusive};

use nix::unistd::Gid;

use super::tree;

/// How many tags are used before one is used again.
const TAGS: u32 = 1 << 20;

/// How far below the top of the map tags begin: the very top holds the traditional ids of nobody (-2, -1).
const MARGIN: u32 = 16;

/// Supplementary group ids that mark the processes of one command.
///
/// A process inherits its groups, and without `CAP_SETGID` it can't drop one: whatever a command does to
/// detach what it starts, all of it carries the tag. The ids come from the top of what the container's
/// `gid_map` allows, where no host and no image keeps a group.
pub struct Tags {
    range: RangeInclusive<u32>,
    next: u32,
    /// The tags that processes carried when the range began anew.
    occupied: HashSet<u32>,
}

impl Tags {
    /// The tags of this container.
    pub fn from_gid_map() -> Self {
        let map = fs::read_to_string("/proc/self/gid_map").unwrap_or_default();
        let range = range(&map);
        Self { next: *range.end(), range, occupied: HashSet::new() }
    }

    /// A tag that no process carries.
    pub fn take(&mut self) -> Gid {
        loop {
            let tag = self.next;
            self.next -= 1;
            if self.next < *self.range.start() {
                self.next = *self.range.end();
                self.occupied = tree::groups_in_use();
            }
            if !self.occupied.contains(&tag) {
                return Gid::from_raw(tag);
            }
        }
    }

    /// Whether a group id is one of ours.
    pub fn contains(&self, gid: u32) -> bool {
        self.range.contains(&gid)
    }
}

/// The part of the map's last range that tags are taken from; at most a quarter of it.
fn range(map: &str) -> RangeInclusive<u32> {
    let ends = map.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().map(str::parse::<u64>);
        match (fields.next(), fields.next(), fields.next()) {
            (Some(Ok(inside)), Some(Ok(_)), Some(Ok(count))) => Some((inside + count - 1, count)),
            _ => None,
        }
    });
    let (last, count) = ends.max().unwrap_or((65_535, 65_536));
    let top = u32::try_from(last).unwrap_or(u32::MAX).saturating_sub(MARGIN);
    let tags = TAGS.min(u32::try_from(count / 4).unwrap_or(TAGS)).max(1);
    top.saturating_sub(tags - 1)..=top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_from_the_top_of_the_map() {
        assert_eq!(range("         0          0 4294967295\n"), 4_293_918_703..=4_294_967_278);
        assert_eq!(range("0 1000 1\n1 100000 65536\n"), 49_137..=65_520);
    }

    #[test]
    fn a_tag_that_is_carried_is_not_given_out_again() {
        let mut tags = Tags { range: 10..=12, next: 12, occupied: HashSet::from([11]) };
        assert_eq!(tags.take().as_raw(), 12);
        assert_eq!(tags.take().as_raw(), 10);
        assert_eq!(tags.take().as_raw(), 12);
    }
}
