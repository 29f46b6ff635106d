use crate::Version;

/// The directory where container engines mount the cgroup file system, on the host and in containers.
pub const MOUNT: &str = "/sys/fs/cgroup";

/// A controller: what a cgroup limits or accounts for. Under v1 each one has a hierarchy of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controller {
    /// Memory.
    Memory,
    /// Processor time that was used.
    Cpu,
    /// The limit on processor time.
    CpuQuota,
    /// Processes and threads.
    Pids,
    /// Block devices.
    Io,
}

impl Controller {
    /// The controller's name under v1.
    #[must_use]
    pub const fn v1_name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpuacct",
            Self::CpuQuota => "cpu",
            Self::Pids => "pids",
            Self::Io => "blkio",
        }
    }
}

/// A file of a cgroup, by what it contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Memory in use, page cache included.
    MemoryUsage,
    /// The most memory that was ever in use.
    MemoryPeak,
    /// The memory limit.
    MemoryLimit,
    /// How the memory in use is made up.
    MemoryStat,
    /// The number of out-of-memory kills.
    OomKills,
    /// The number of processes and threads.
    Pids,
    /// The limit on processes and threads.
    PidsLimit,
    /// How often the limit on processes and threads was met.
    PidsRefused,
    /// Processor time used.
    CpuTime,
    /// For how long processes were kept from running by the limit on processor time.
    CpuThrottled,
    /// Bytes read from and written to block devices.
    Io,
}

impl File {
    /// The controller that the file belongs to.
    #[must_use]
    pub const fn controller(self) -> Controller {
        match self {
            Self::MemoryUsage | Self::MemoryPeak | Self::MemoryLimit | Self::MemoryStat | Self::OomKills => {
                Controller::Memory
            }
            Self::Pids | Self::PidsLimit | Self::PidsRefused => Controller::Pids,
            Self::CpuTime => Controller::Cpu,
            Self::CpuThrottled => Controller::CpuQuota,
            Self::Io => Controller::Io,
        }
    }

    /// The file's name in the directory of its cgroup.
    #[must_use]
    pub const fn name(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::MemoryUsage, Version::V1) => "memory.usage_in_bytes",
            (Self::MemoryUsage, Version::V2) => "memory.current",
            (Self::MemoryPeak, Version::V1) => "memory.max_usage_in_bytes",
            (Self::MemoryPeak, Version::V2) => "memory.peak",
            (Self::MemoryLimit, Version::V1) => "memory.limit_in_bytes",
            (Self::MemoryLimit, Version::V2) => "memory.max",
            (Self::MemoryStat, _) => "memory.stat",
            (Self::OomKills, Version::V1) => "memory.oom_control",
            (Self::OomKills, Version::V2) => "memory.events",
            (Self::Pids, _) => "pids.current",
            (Self::PidsLimit, _) => "pids.max",
            (Self::PidsRefused, _) => "pids.events",
            (Self::CpuTime, Version::V1) => "cpuacct.usage",
            (Self::CpuTime, Version::V2) | (Self::CpuThrottled, _) => "cpu.stat",
            (Self::Io, Version::V1) => "blkio.throttle.io_service_bytes",
            (Self::Io, Version::V2) => "io.stat",
        }
    }

    /// The path of the file, of a container's own cgroup, as seen from inside that container.
    #[must_use]
    pub fn in_container(self, version: Version) -> String {
        let name = self.name(version);
        match version {
            Version::V1 => [MOUNT, "/", self.controller().v1_name(), "/", name].concat(),
            Version::V2 => [MOUNT, "/", name].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_finds_its_own_files_under_one_mount() {
        let paths = |file: File| Version::ALL.map(|version| file.in_container(version));
        assert_eq!(
            paths(File::OomKills),
            ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"]
        );
        assert_eq!(paths(File::PidsLimit), ["/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"]);
        assert_eq!(
            paths(File::MemoryLimit),
            ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        );
    }
}
