//! Gives names to the ids of commands, in an image that has none for them.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    ops::RangeInclusive,
};

use cofferdam_protocol::names::{GROUP, PASSWD, missing_groups, missing_user};

use crate::ids::Ids;

/// Adds what `/etc/passwd` and `/etc/group` lack. Where the root file system is read-only, the host has mounted complete
/// ones. Names are a convenience, so nothing fails without them. The calling thread must still be root.
pub fn add(ids: Ids, home: &str, tags: &RangeInclusive<u32>) {
    let (uid, gid) = (ids.uid.as_raw(), ids.gid.as_raw());
    let _ = append(PASSWD, |passwd| missing_user(passwd, uid, gid, home));
    let _ = append(GROUP, |group| missing_groups(group, gid, tags));
}

fn append(path: &str, missing: impl Fn(&str) -> String) -> io::Result<()> {
    let content = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        content => content?,
    };
    let lines = missing(&content);
    if lines.is_empty() {
        return Ok(());
    }
    OpenOptions::new().append(true).create(true).open(path)?.write_all(lines.as_bytes())
}
