use std::{error::Error, fmt, str::FromStr};

use nix::unistd::{Gid, Uid};

/// The ids that commands run with.
#[derive(Clone, Copy)]
pub struct Ids {
    /// User id; never 0 in a container.
    pub uid: Uid,
    /// Primary group id; never 0 in a container.
    pub gid: Gid,
}

/// The container has a user namespace without these ids.
#[derive(Debug)]
pub struct NoSuchUser;

impl Error for NoSuchUser {}

impl fmt::Display for NoSuchUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the container's user namespace lacks the user's ids")
    }
}

impl FromStr for Ids {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "the user must be UID:GID, both from 1 to 4294967294";
        let (uid, gid) = text.split_once(':').ok_or(FORM)?;
        match (uid.parse(), gid.parse()) {
            (Ok(uid @ 1..=0xffff_fffe), Ok(gid @ 1..=0xffff_fffe)) => {
                Ok(Self { uid: Uid::from_raw(uid), gid: Gid::from_raw(gid) })
            }
            _ => Err(FORM),
        }
    }
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
}
