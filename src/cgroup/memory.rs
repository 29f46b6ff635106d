use crate::{
    Version,
    text::{entry, number},
};

/// Above any limit in practice. Without a limit, v1 shows the largest multiple of the page size.
const V1_UNLIMITED: u64 = 1 << 60;

/// Memory in use in bytes, without the page cache that the kernel could take back at once. `usage` is the text of
/// [`File::MemoryUsage`](crate::File::MemoryUsage), `stat` that of [`File::MemoryStat`](crate::File::MemoryStat); an
/// empty `stat` counts as no cache.
#[must_use]
pub fn memory_used(version: Version, usage: &str, stat: &str) -> Option<u64> {
    let inactive = match version {
        Version::V1 => "total_inactive_file",
        Version::V2 => "inactive_file",
    };
    Some(number(usage)?.saturating_sub(entry(stat, inactive).unwrap_or(0)))
}

/// Page cache in bytes, of the text of [`File::MemoryStat`](crate::File::MemoryStat).
#[must_use]
pub fn memory_cache(version: Version, stat: &str) -> Option<u64> {
    match version {
        Version::V1 => entry(stat, "total_cache"),
        Version::V2 => entry(stat, "file"),
    }
}

/// A number of bytes, of the text of [`File::MemoryPeak`](crate::File::MemoryPeak).
#[must_use]
pub fn memory_peak(text: &str) -> Option<u64> {
    number(text)
}

/// The limit in bytes, from the text of [`File::MemoryLimit`](crate::File::MemoryLimit). `None` if unlimited.
#[must_use]
pub fn memory_limit(version: Version, limit: &str) -> Option<u64> {
    number(limit).filter(|limit| version == Version::V2 || *limit < V1_UNLIMITED)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a container with a limit of 512 MiB, under v1, shortened.
    const STAT_V1: &str = "cache 14598144\nrss 2269184\nmapped_file 1482752\ninactive_file 6352896\n\
        hierarchical_memory_limit 536870912\ntotal_cache 14598144\ntotal_inactive_file 12881920\n";

    /// The same under v2.
    const STAT_V2: &str = "anon 2269184\nfile 14598144\nkernel_stack 49152\nshmem 0\ninactive_anon 2260992\n\
        active_anon 4096\ninactive_file 12881920\nactive_file 1716224\n";

    #[test]
    fn the_page_cache_is_not_memory_in_use() {
        assert_eq!(memory_used(Version::V1, "17035264\n", STAT_V1), Some(4_153_344));
        assert_eq!(memory_used(Version::V2, "17035264\n", STAT_V2), Some(4_153_344));
        assert_eq!(memory_used(Version::V2, "17035264\n", ""), Some(17_035_264));
        assert_eq!(memory_used(Version::V2, "1\n", STAT_V2), Some(0));
        assert_eq!(memory_used(Version::V2, "", STAT_V2), None);
        for (version, stat) in [(Version::V1, STAT_V1), (Version::V2, STAT_V2)] {
            assert_eq!(memory_cache(version, stat), Some(14_598_144));
        }
        assert_eq!(memory_peak("17035264\n"), Some(17_035_264));
    }

    #[test]
    fn no_limit_is_none_under_both_versions() {
        assert_eq!(memory_limit(Version::V1, "536870912\n"), Some(536_870_912));
        assert_eq!(memory_limit(Version::V1, "9223372036854771712\n"), None);
        assert_eq!(memory_limit(Version::V2, "536870912\n"), Some(536_870_912));
        assert_eq!(memory_limit(Version::V2, "max\n"), None);
    }
}
