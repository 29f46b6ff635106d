use std::{fmt, io, path::PathBuf};

use nix::errno::Errno;

/// Why a path of the host is not used.
#[derive(Debug)]
pub enum Refusal {
    /// It leads through a symbolic link of a user who is not trusted.
    Link {
        /// The link.
        link: PathBuf,
        /// The id of its owner.
        owner: u32,
    },
    /// It lies in the data directory of sandboxes, where hostile code writes.
    DataDirectory(PathBuf),
    /// The system's error.
    System(Errno),
}

impl Refusal {
    /// The error as one of the system.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            Self::Link { .. } => Errno::ELOOP,
            Self::DataDirectory(_) => Errno::EPERM,
            Self::System(errno) => *errno,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link { link, owner } => write!(
                f,
                "leads through {}, a symbolic link that belongs to user {owner}: use the path that it leads to",
                link.display()
            ),
            Self::DataDirectory(path) => {
                write!(f, "is in {}, a data directory of sandboxes", path.display())
            }
            Self::System(Errno::ENOENT) => write!(f, "does not exist"),
            Self::System(errno) => write!(f, "cannot be opened: {}", io::Error::from(*errno)),
        }
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}
