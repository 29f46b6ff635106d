//! What files and file systems are.

use serde::{Deserialize, Serialize};

/// A point in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanoseconds: u32,
}

/// What a file is, as in `stat(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// The device that it is on.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
    /// Mode with file type.
    pub mode: u32,
    /// How many names it has.
    pub links: u64,
    /// Its user.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// The device that it stands for.
    pub special: u64,
    /// Its size in bytes.
    pub size: u64,
    /// The size of a good read or write in bytes.
    pub block_size: u64,
    /// What it takes on disk, in units of 512 bytes.
    pub blocks: u64,
    /// When it was last read.
    pub accessed: Time,
    /// When it was last written.
    pub modified: Time,
    /// When it, or what is known of it, last changed.
    pub changed: Time,
    /// When it was created; where the file system does not know, `changed`.
    pub created: Time,
}

/// A file system, as in `statfs(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// Its type.
    pub kind: u64,
    /// The size of a block in bytes.
    pub block_size: u64,
    /// All blocks.
    pub blocks: u64,
    /// Free blocks.
    pub free: u64,
    /// Blocks that the user may use.
    pub available: u64,
    /// All inodes.
    pub files: u64,
    /// Free inodes.
    pub free_files: u64,
}
