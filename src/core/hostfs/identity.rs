use std::os::fd::AsFd;

use nix::{
    errno::Errno,
    sys::stat::{FileStat, fstat},
};

/// What a file is, whatever it is called: its device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The device.
    pub device: u64,
    /// The inode.
    pub inode: u64,
}

impl Identity {
    /// The identity of an open file.
    ///
    /// # Errors
    /// The system's error.
    pub fn of(file: impl AsFd) -> Result<Self, Errno> {
        fstat(file).map(Self::from)
    }
}

impl From<FileStat> for Identity {
    fn from(stat: FileStat) -> Self {
        Self { device: stat.st_dev, inode: stat.st_ino }
    }
}
