use std::path::Path;

use nix::sys::statfs::{FsType, TMPFS_MAGIC, statfs};

/// `RAMFS_MAGIC` of `linux/magic.h`.
const RAMFS: FsType = FsType(0x8584_58f6);

/// Whether a path is on a file system in memory: what a container writes there counts as its memory. `false` if that can't be
/// told.
pub fn is_in_memory(path: &Path) -> bool {
    statfs(path).is_ok_and(|found| [TMPFS_MAGIC, RAMFS].contains(&found.filesystem_type()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tmpfs_is_in_memory_and_what_is_not_there_is_not() {
        assert!(is_in_memory(Path::new("/dev/shm")));
        assert!(!is_in_memory(Path::new("/proc")));
        assert!(!is_in_memory(Path::new("/nonexistent")));
    }
}
