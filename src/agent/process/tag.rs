use std::{collections::HashSet, fs, ops::RangeInclusive};

use nix::unistd::Gid;

use super::procfs;

/// The most tags in the range, so how many are used before one is reused.
const TAGS: u32 = 1 << 20;

/// The distance of the range from the top of the map: the very top holds the traditional ids of `nobody` (-2, -1).
const MARGIN: u32 = 16;

/// Supplementary group ids that mark the processes of one command.
///
/// A process inherits its groups and can't drop one without `CAP_SETGID`. So everything that a command starts carries its
/// tag, however it detaches itself. The ids come from the top of the container's `gid_map`, where no host and no image
/// keeps a group.
pub struct Tags {
    range: RangeInclusive<u32>,
    next: u32,
    /// The tags that processes carried when the range last started over.
    occupied: HashSet<u32>,
}

impl Tags {
    /// Takes the range from this container's `gid_map`.
    pub fn from_gid_map() -> Self {
        let map = fs::read_to_string("/proc/self/gid_map").unwrap_or_default();
        let range = range(&map);
        Self { next: *range.end(), range, occupied: HashSet::new() }
    }

    /// Takes a tag that no process carries.
    pub fn take(&mut self) -> Gid {
        loop {
            let tag = self.next;
            self.next -= 1;
            if self.next < *self.range.start() {
                self.next = *self.range.end();
                self.occupied = procfs::groups_in_use();
            }
            if !self.occupied.contains(&tag) {
                return Gid::from_raw(tag);
            }
        }
    }

    /// Whether a group id is a tag.
    pub fn contains(&self, gid: u32) -> bool {
        self.range.contains(&gid)
    }
}

/// The range that tags are taken from: at most a quarter of the last range in the map.
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
    fn a_tag_in_use_is_not_taken_again() {
        let mut tags = Tags { range: 10..=12, next: 12, occupied: HashSet::from([11]) };
        assert_eq!(tags.take().as_raw(), 12);
        assert_eq!(tags.take().as_raw(), 10);
        assert_eq!(tags.take().as_raw(), 12);
    }
}
