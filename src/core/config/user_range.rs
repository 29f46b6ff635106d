//! The user ids that sandboxes with a user of their own are given.

use serde::{Deserialize, Serialize};

use super::user::Ids;

/// A range of ids. Each is used as a user id and as the group id that goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRange {
    /// The lowest id; never 0.
    pub first: u32,
    /// The highest id.
    pub last: u32,
}

/// The range on an engine that runs containers with the host's user ids. Distributions leave these ids unused, and so does
/// systemd (its page "Users, Groups, UIDs and GIDs").
pub const OF_HOST: UserRange = UserRange { first: 1_900_000_000, last: 1_900_065_535 };

/// The range on an engine with a user namespace, which usually has 65,536 ids: above those of distributions' users, below
/// those that Debian and systemd reserve.
pub const OF_NAMESPACE: UserRange = UserRange { first: 20_000, last: 59_999 };

impl UserRange {
    /// Reads `FIRST-LAST`; `None` unless both are user ids and FIRST is not above LAST.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first > 0 && first <= last && last < u32::MAX).then_some(Self { first, last })
    }

    /// How many ids it has.
    #[must_use]
    pub fn size(self) -> u32 {
        (self.last - self.first).saturating_add(1)
    }

    /// Whether these ids are one of the range.
    #[must_use]
    pub fn contains(self, ids: Ids) -> bool {
        ids.uid == ids.gid && (self.first..=self.last).contains(&ids.uid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_ids_in_order() {
        assert_eq!(UserRange::parse("7-9"), Some(UserRange { first: 7, last: 9 }));
        assert_eq!(UserRange::parse("7-7").unwrap().size(), 1);
        for text in ["", "7", "0-9", "9-7", "7-4294967295", "-7-9", "7 - 9", "a-b", "7-9-11"] {
            assert_eq!(UserRange::parse(text), None, "{text}");
        }
    }
}
