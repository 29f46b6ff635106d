//! How large the file of a disk is for a limit. The file system's own parts come on top of the limit, but on the host the file
//! takes no more space than the limit, because unused inodes and reserved blocks are never written.

/// What limits are rounded up to, in bytes.
pub const UNIT: u64 = 1024 * 1024;

/// The space for reserved blocks and the journal: this fraction of the limit, but at most `MOST_RESERVED` bytes.
const RESERVED_SHARE: u64 = 32;
const MOST_RESERVED: u64 = 16 * UNIT;

/// The inodes take this fraction of the limit: 256 bytes for every 8 KiB.
const INODES_SHARE: u64 = 32;

/// The size of the file for a limit.
pub fn file_size(limit: u64) -> u64 {
    let limit = limit.div_ceil(UNIT) * UNIT;
    limit + limit / INODES_SHARE + (limit / RESERVED_SHARE).min(MOST_RESERVED)
}

/// The limit for a file of this size.
pub fn limit_of(file_size: u64) -> u64 {
    const MOST_BY_SHARE: u64 = MOST_RESERVED * RESERVED_SHARE;
    const PARTS: u64 = INODES_SHARE + 1;
    if file_size <= self::file_size(MOST_BY_SHARE) {
        file_size / (PARTS + INODES_SHARE / RESERVED_SHARE) * INODES_SHARE
    } else {
        (file_size - MOST_RESERVED) / PARTS * INODES_SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_file_determines_its_limit() {
        for limit in [1, 2, 16, 63, 100, 1000, 1024, 1025, 4096, 100_000].map(|mebibytes| mebibytes * UNIT) {
            assert_eq!(limit_of(file_size(limit)), limit);
        }
        assert_eq!(limit_of(file_size(UNIT + 1)), 2 * UNIT);
    }
}
