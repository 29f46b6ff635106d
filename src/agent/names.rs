//! Gives names to the ids of commands, in an image that has none for them.

use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    ops::RangeInclusive,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
};

use cofferdam_protocol::names::{GROUP, PASSWD, missing_groups, missing_user};

use crate::ids::Ids;

/// The size in bytes that a file may have.
const MAX_SIZE: u64 = 1024 * 1024;

/// Adds what `/etc/passwd` and `/etc/group` lack. Where the root file system is read-only, the host has mounted complete
/// ones. Names are a convenience, so nothing fails without them. The calling thread must still be root.
pub fn add(ids: Ids, home: &str, tags: &RangeInclusive<u32>) {
    let (uid, gid) = (ids.uid.as_raw(), ids.gid.as_raw());
    let _ = append(PASSWD, |passwd| missing_user(passwd, uid, gid, home));
    let _ = append(GROUP, |group| missing_groups(group, gid, tags));
}

/// Appends to a regular file, through one descriptor. `/etc` may be a mount in which commands have put a link to a file of root's, or
/// a pipe that nobody reads.
fn append(path: &str, missing: impl Fn(&str) -> String) -> io::Result<()> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut file = OpenOptions::new().read(true).append(true).create(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.nlink() > 1 || found.len() > MAX_SIZE {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut content = Vec::new();
    (&mut file).take(MAX_SIZE).read_to_end(&mut content)?;
    file.write_all(missing(&String::from_utf8_lossy(&content)).as_bytes())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use nix::{sys::stat::Mode, unistd::mkfifo};

    use super::*;

    #[test]
    fn only_a_regular_file_without_another_name_gets_lines() {
        let place = std::env::temp_dir().join(format!("cofferdam-names-{}", std::process::id()));
        fs::create_dir(&place).unwrap();
        let path = |name: &str| place.join(name).to_str().unwrap().to_owned();
        let add = |name: &str| append(&path(name), |content| format!("{}b\n", content.len()));
        fs::write(path("file"), "a\n").unwrap();
        add("file").unwrap();
        add("new").unwrap();
        assert_eq!(fs::read_to_string(path("file")).unwrap(), "a\n2b\n");
        assert_eq!(fs::read_to_string(path("new")).unwrap(), "0b\n");

        fs::write(path("target"), "").unwrap();
        symlink(path("target"), path("link")).unwrap();
        fs::write(path("first"), "").unwrap();
        fs::hard_link(path("first"), path("second")).unwrap();
        mkfifo(path("pipe").as_str(), Mode::S_IRWXU).unwrap();
        for name in ["link", "second", "pipe"] {
            assert!(add(name).is_err(), "{name}");
        }
        assert_eq!(
            fs::read_to_string(path("target")).unwrap() + &fs::read_to_string(path("first")).unwrap(),
            ""
        );
        fs::remove_dir_all(place).unwrap();
    }
}
