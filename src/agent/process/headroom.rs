use std::{cell::OnceCell, fs::File};

use cofferdam_cgroup::{File as CgroupFile, Version, pids, pids_limit};

use super::counter::read;

/// How many processes the container has to spare.
#[derive(Default)]
pub struct Headroom(OnceCell<Option<Files>>);

struct Files {
    used: File,
    limit: File,
}

impl Headroom {
    /// How many more processes there may be; `None` without a limit, or if that is unknown.
    pub fn left(&self) -> Option<u64> {
        let files = self.0.get_or_init(|| Version::ALL.into_iter().find_map(Files::open));
        let (used, limit) = files.as_ref().and_then(Files::read)?;
        Some(limit.saturating_sub(used))
    }
}

impl Files {
    fn open(version: Version) -> Option<Self> {
        let open = |file: CgroupFile| File::open(file.in_container(version)).ok();
        Some(Self { used: open(CgroupFile::Pids)?, limit: open(CgroupFile::PidsLimit)? })
    }

    /// How many processes there are, and how many there may be. `None` without a limit.
    fn read(&self) -> Option<(u64, u64)> {
        Some((pids(&read::<32>(&self.used)?)?, pids_limit(&read::<32>(&self.limit)?)?))
    }
}
