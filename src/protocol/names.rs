//! Names for the ids that a sandbox uses: without an entry in `/etc/passwd` and `/etc/group`, `whoami`, `groups`, `git` and
//! login shells fail or complain.

use std::ops::RangeInclusive;

/// Where user names are.
pub const PASSWD: &str = "/etc/passwd";

/// Where group names are.
pub const GROUP: &str = "/etc/group";

/// How many tags have names. More are in use only if that many commands, or what they left behind, run at the same time.
pub const NAMED_TAGS: u32 = 64;

/// The most tags in the range.
const TAGS: u32 = 1 << 20;

/// The distance of the range from the top of the map: the very top holds the traditional ids of `nobody` (-2, -1).
const MARGIN: u32 = 16;

/// The `gid_map` of a container without a user namespace of its own.
pub const WHOLE_MAP: &str = "0 0 4294967295";

/// The group ids that mark the processes of commands: at most a quarter of the last range in a container's `gid_map`.
/// They are taken from the top, where no host and no image keeps a group.
#[must_use]
pub fn tags(gid_map: &str) -> RangeInclusive<u32> {
    let ends = gid_map.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().map(str::parse::<u64>);
        match (fields.next(), fields.next(), fields.next()) {
            (Some(Ok(inside)), Some(Ok(_)), Some(Ok(count))) => {
                Some((inside.saturating_add(count).saturating_sub(1), count))
            }
            _ => None,
        }
    });
    let (last, count) = ends.max().unwrap_or((65_535, 65_536));
    let top = u32::try_from(last).unwrap_or(u32::MAX).saturating_sub(MARGIN);
    let tags = TAGS.min(u32::try_from(count / 4).unwrap_or(TAGS)).max(1);
    top.saturating_sub(tags - 1).max(1)..=top.max(1)
}

/// The lines that `/etc/passwd` lacks for this user: none if the id has an entry.
#[must_use]
pub fn missing_user(passwd: &str, uid: u32, gid: u32, home: &str) -> String {
    if ids(passwd).any(|id| id == uid) {
        return String::new();
    }
    let name = free_name(passwd, "sandbox", uid);
    format!("{}{name}:x:{uid}:{gid}::{home}:/bin/sh\n", line_break(passwd))
}

/// The lines that `/etc/group` lacks for this group and for the first [`NAMED_TAGS`] of these tags.
#[must_use]
pub fn missing_groups(group: &str, gid: u32, tags: &RangeInclusive<u32>) -> String {
    let top = *tags.end();
    let own = if ids(group).any(|id| id == gid) { None } else { Some((gid, "sandbox".to_owned())) };
    let lowest = tags.end().saturating_sub(NAMED_TAGS - 1).max(*tags.start());
    let named: Vec<u32> = ids(group).filter(|id| tags.contains(id)).collect();
    let tags = (lowest..=*tags.end()).rev().filter(|tag| !named.contains(tag));
    let tags = tags.map(|tag| (tag, format!("command-{}", top - tag + 1)));
    let line = |(id, name): (u32, String)| format!("{}:x:{id}:\n", free_name(group, &name, id));
    let missing: String = own.into_iter().chain(tags).map(line).collect();
    if missing.is_empty() { missing } else { format!("{}{missing}", line_break(group)) }
}

/// The ids of the groups that list a user as a member.
pub fn groups_of<'a>(group: &'a str, user: &'a str) -> impl Iterator<Item = u32> + 'a {
    group.lines().filter_map(move |line| {
        let mut fields = line.split(':').skip(2);
        let (id, members) = (fields.next()?, fields.next()?);
        members.split(',').any(|member| member == user).then(|| id.parse().ok())?
    })
}

/// The third field of each line.
fn ids(file: &str) -> impl Iterator<Item = u32> + '_ {
    file.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok())
}

/// A name that no line has.
fn free_name(file: &str, name: &str, id: u32) -> String {
    let is_taken = |name: &str| file.lines().any(|line| line.split(':').next() == Some(name));
    if is_taken(name) { format!("{name}-{id}") } else { name.to_owned() }
}

/// What a file without a line break at its end needs before a new line.
fn line_break(file: &str) -> &'static str {
    if file.is_empty() || file.ends_with('\n') { "" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_from_the_top_of_the_map() {
        assert_eq!(tags("         0          0 4294967295\n"), 4_293_918_703..=4_294_967_278);
        assert_eq!(tags(WHOLE_MAP), tags("0 0 4294967295\n"));
        assert_eq!(tags("0 1000 1\n1 100000 65536\n"), 49_137..=65_520);
        assert_eq!(tags("18446744073709551615 0 18446744073709551615"), tags("4294967295 0 4294967295"));
    }

    #[test]
    fn a_user_without_an_entry_gets_one() {
        let passwd = "root:x:0:0::/root:/bin/sh\nsandbox:x:1000:1000::/home/sandbox:/bin/sh";
        assert_eq!(missing_user(passwd, 1000, 1000, "/h"), "");
        assert_eq!(missing_user(passwd, 1001, 7, "/h"), "\nsandbox-1001:x:1001:7::/h:/bin/sh\n");
        assert_eq!(missing_user("", 1001, 7, "/h"), "sandbox:x:1001:7::/h:/bin/sh\n");
    }

    #[test]
    fn groups_without_an_entry_get_one_and_only_once() {
        let tags = 100..=5000;
        let added = missing_groups("root:x:0:\n", 1001, &tags);
        assert!(added.starts_with("sandbox:x:1001:\ncommand-1:x:5000:\ncommand-2:x:4999:\n"));
        assert_eq!(added.lines().count(), 65);
        assert_eq!(missing_groups(&format!("root:x:0:\n{added}"), 1001, &tags), "");
    }

    #[test]
    fn the_groups_of_a_user_are_those_that_list_it() {
        let group = "root:x:0:a\naudio:x:29:b,a\nvideo:x:44:aa\nbroken\n";
        assert_eq!(groups_of(group, "a").collect::<Vec<_>>(), [0, 29]);
    }
}
