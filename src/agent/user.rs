use std::{
    env,
    fs::{self, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
};

use cofferdam_protocol::names::{GROUP, PASSWD, groups_of};
use nix::unistd::{Uid, getegid, geteuid};

use crate::{ids::Ids, temporary::Temporary};

/// The user that commands run as.
pub struct User {
    /// The ids.
    pub ids: Ids,
    /// The name.
    pub name: String,
    /// The home directory.
    pub home: String,
    /// Home directories of the image, which its environment may name.
    pub homes_of_image: Vec<String>,
    /// The directory for temporary files, if it is not the usual one.
    pub temporary: Option<Temporary>,
}

impl User {
    /// The user with these ids in a container. The name comes from the image's `/etc/passwd`, or is `sandbox`. So does the
    /// home directory if it is writable; otherwise it is `other_home`. The calling thread must already have the user's
    /// filesystem ids.
    pub fn find(ids: Ids, other_home: &str) -> Self {
        let passwd = fs::read_to_string(PASSWD).unwrap_or_default();
        let (name, home) = entry(&passwd, ids.uid).unwrap_or(("sandbox", ""));
        let home = if is_writable(home) {
            home
        } else {
            // It may exist already. If it can't be created, commands see the same error.
            let _ = fs::DirBuilder::new().mode(0o700).create(other_home);
            other_home
        };
        Self {
            ids,
            name: name.to_owned(),
            home: home.to_owned(),
            homes_of_image: homes(&passwd),
            temporary: Temporary::make(home),
        }
    }

    /// The groups that list the user as a member.
    pub fn groups(&self) -> Vec<u32> {
        groups_of(&fs::read_to_string(GROUP).unwrap_or_default(), &self.name).collect()
    }

    /// The user that the agent itself runs as, according to its environment, or else `/etc/passwd`.
    pub fn of_process() -> Self {
        let ids = Ids { uid: geteuid(), gid: getegid() };
        let passwd = fs::read_to_string(PASSWD).unwrap_or_default();
        let (name, home) = entry(&passwd, ids.uid).unwrap_or(("", "/"));
        let given = |variable, otherwise: &str| env::var(variable).unwrap_or_else(|_| otherwise.to_owned());
        Self {
            ids,
            name: given("USER", name),
            home: given("HOME", home),
            homes_of_image: Vec::new(),
            temporary: None,
        }
    }
}

/// The home directories of people: those of ids from 1000 on, but for `nobody`.
fn homes(passwd: &str) -> Vec<String> {
    let home = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let (id, home) = (fields.next()?.parse::<u32>().ok()?, fields.nth(2)?);
        (id >= 1000 && id != 65_534 && home.starts_with('/') && home != "/").then(|| home.to_owned())
    };
    passwd.lines().filter_map(home).collect()
}

/// Name and home directory of the first entry with this id.
fn entry(passwd: &str, uid: Uid) -> Option<(&str, &str)> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, id, _, _, home, ..] if id.parse() == Ok(uid.as_raw()) => Some((*name, *home)),
            _ => None,
        }
    })
}

/// Whether a file can be created in the directory. It creates one, because permissions don't reveal a read-only mount.
fn is_writable(directory: &str) -> bool {
    if !directory.starts_with('/') || directory == "/" {
        return false;
    }
    let probe = format!("{directory}/.cofferdam-probe");
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe).is_ok();
    let _ = fs::remove_file(&probe);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_passwd_entry_of_a_uid_counts() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\nnode:x:1000:1000::/home/node:\nb:x:1000:1::/b:\n";
        assert_eq!(entry(passwd, Uid::from_raw(1000)), Some(("node", "/home/node")));
        assert_eq!(entry(passwd, Uid::from_raw(7)), None);
        assert_eq!(homes(passwd), ["/home/node", "/b"]);
    }
}
