use std::{
    env,
    fs::{self, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    str::FromStr,
};

use nix::{
    errno::Errno,
    unistd::{Gid, Uid, chown, getegid, geteuid},
};

/// The workspace: the agent's working directory, in which its maker starts it.
pub const WORKSPACE: &str = ".";

/// Where it is mounted in a container.
const MOUNT: &str = "/workspace";

/// The home of a user whose own is missing or can't be written.
const WORKSPACE_HOME: &str = "/workspace/.home";

/// The ids that commands run with.
#[derive(Clone, Copy)]
pub struct Ids {
    /// User id, in a container never 0.
    pub uid: Uid,
    /// Primary group id, in a container never 0.
    pub gid: Gid,
}

impl Ids {
    /// Gives the workspace's own directory to the user, and nothing in it.
    pub fn own_workspace(self) -> Result<(), Errno> {
        chown(MOUNT, Some(self.uid), Some(self.gid))
    }
}

impl FromStr for Ids {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "--user takes UID:GID, neither of them 0";
        let (uid, gid) = text.split_once(':').ok_or(FORM)?;
        match (uid.parse(), gid.parse()) {
            (Ok(uid @ 1..=0xffff_fffe), Ok(gid @ 1..=0xffff_fffe)) => {
                Ok(Self { uid: Uid::from_raw(uid), gid: Gid::from_raw(gid) })
            }
            _ => Err(FORM),
        }
    }
}

/// Whom commands run as.
pub struct User {
    /// The ids.
    pub ids: Ids,
    /// The name.
    pub name: String,
    /// The home directory.
    pub home: String,
}

impl User {
    /// The user that has these ids in a container: with the name in the image's `/etc/passwd`, or `sandbox`, and
    /// the home there when it can be written, else one in the workspace. The calling thread already has the user's
    /// filesystem ids.
    pub fn find(ids: Ids) -> Self {
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (name, home) = entry(&passwd, ids.uid).unwrap_or(("sandbox", ""));
        let home = if writable(home) {
            home
        } else {
            // It may be there already; when it can't be made, commands see the same error.
            let _ = fs::DirBuilder::new().mode(0o700).create(WORKSPACE_HOME);
            WORKSPACE_HOME
        };
        Self { ids, name: name.to_owned(), home: home.to_owned() }
    }

    /// Who runs the agent itself, as its environment says, else `/etc/passwd`.
    pub fn of_process() -> Self {
        let ids = Ids { uid: geteuid(), gid: getegid() };
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let (name, home) = entry(&passwd, ids.uid).unwrap_or(("", "/"));
        let given = |variable, otherwise: &str| env::var(variable).unwrap_or_else(|_| otherwise.to_owned());
        Self { ids, name: given("USER", name), home: given("HOME", home) }
    }
}

/// Name and home of the first entry with this id.
fn entry(passwd: &str, uid: Uid) -> Option<(&str, &str)> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [name, _, id, _, _, home, ..] if id.parse() == Ok(uid.as_raw()) => Some((*name, *home)),
            _ => None,
        }
    })
}

/// Whether a file can be made in the directory: tried, because permissions alone don't tell of a read-only
/// mount.
fn writable(directory: &str) -> bool {
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
    fn ids_are_two_numbers_and_never_root() {
        assert!("1000:1000".parse::<Ids>().is_ok());
        for text in ["0:1000", "1000:0", "1000", "a:b", "1000:4294967295", "-1:1", ""] {
            assert!(text.parse::<Ids>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_passwd_entry_of_a_uid_counts() {
        let passwd = "root:x:0:0::/root:/bin/sh\nbroken\nnode:x:1000:1000::/home/node:\nb:x:1000:1::/b:\n";
        assert_eq!(entry(passwd, Uid::from_raw(1000)), Some(("node", "/home/node")));
        assert_eq!(entry(passwd, Uid::from_raw(7)), None);
    }
}
