use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::Stats;

/// Larger than any limit that somebody has set.
const UNLIMITED: u64 = 1 << 60;

/// The cgroup of a container on this machine, of version 1 or 2.
#[derive(Debug)]
pub enum Cgroup {
    /// One directory a controller.
    V1 {
        /// Of `memory`.
        memory: PathBuf,
        /// Of `cpuacct`.
        cpu: PathBuf,
        /// Of `pids`.
        pids: PathBuf,
        /// Of `blkio`.
        block: PathBuf,
        /// A process in it.
        process: PathBuf,
    },
    /// One directory.
    V2 {
        /// The directory.
        directory: PathBuf,
        /// A process in it.
        process: PathBuf,
    },
}

impl Cgroup {
    /// The cgroup of a process that is the container's; `None` where it is not, or where this process can't see it.
    pub fn of(pid: i32, container: &str) -> Option<Self> {
        Self::below(Path::new("/"), pid, container)
    }

    fn below(root: &Path, pid: i32, container: &str) -> Option<Self> {
        let process = root.join(format!("proc/{pid}"));
        let text = fs::read_to_string(process.join("cgroup")).ok()?;
        // hierarchy:controllers:path
        let lines = || {
            text.lines().filter_map(|line| {
                let mut parts = line.splitn(3, ':').skip(1);
                Some((parts.next()?, parts.next()?.trim_start_matches('/')))
            })
        };
        let mounted = root.join("sys/fs/cgroup");
        let found = |controller: &str| {
            let (names, path) = lines().find(|(names, _)| names.split(',').any(|name| name == controller))?;
            // A process in a container sees a path that is not the host's.
            path.contains(container).then(|| {
                let joined = mounted.join(names);
                if joined.is_dir() { joined } else { mounted.join(controller) }.join(path)
            })
        };
        let group = if let Some(memory) = found("memory") {
            Self::V1 { memory, cpu: found("cpuacct")?, pids: found("pids")?, block: found("blkio")?, process }
        } else {
            let (_, path) = lines().find(|(names, path)| names.is_empty() && path.contains(container))?;
            Self::V2 { directory: mounted.join(path), process }
        };
        group.cpu_time().map(|_| group)
    }

    /// Processor time used so far.
    pub fn cpu_time(&self) -> Option<Duration> {
        match self {
            Self::V1 { cpu, .. } => number(&cpu.join("cpuacct.usage")).map(Duration::from_nanos),
            Self::V2 { directory, .. } => {
                entry(&directory.join("cpu.stat"), "usage_usec").map(Duration::from_micros)
            }
        }
    }

    /// All but the processor.
    pub fn stats(&self) -> Option<Stats> {
        let stats = match self {
            Self::V1 { memory, pids, block, process, .. } => Stats {
                memory_used: number(&memory.join("memory.usage_in_bytes"))?
                    .saturating_sub(entry(&memory.join("memory.stat"), "total_inactive_file").unwrap_or(0)),
                memory_limit: number(&memory.join("memory.limit_in_bytes"))
                    .filter(|limit| *limit < UNLIMITED),
                pids: number(&pids.join("pids.current"))?,
                pids_limit: number(&pids.join("pids.max")),
                network: network(process),
                block: blocks_v1(&block.join("blkio.throttle.io_service_bytes")),
                ..Stats::default()
            },
            Self::V2 { directory, process } => Stats {
                memory_used: number(&directory.join("memory.current"))?
                    .saturating_sub(entry(&directory.join("memory.stat"), "inactive_file").unwrap_or(0)),
                memory_limit: number(&directory.join("memory.max")),
                pids: number(&directory.join("pids.current"))?,
                pids_limit: number(&directory.join("pids.max")),
                network: network(process),
                block: blocks_v2(&directory.join("io.stat")),
                ..Stats::default()
            },
        };
        Some(stats)
    }
}

/// `None` for `max` as well.
fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn entry(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().filter_map(|line| line.split_once(' ')).find(|(key, _)| *key == name)?.1.trim().parse().ok()
}

/// All interfaces of the container but its own loopback.
fn network(process: &Path) -> Option<(u64, u64)> {
    const RECEIVED: usize = 0;
    const SENT: usize = 8;
    let text = fs::read_to_string(process.join("net/dev")).ok()?;
    let interfaces =
        text.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.trim() != "lo");
    Some(interfaces.fold((0, 0), |(received, sent), (_, counts)| {
        let counts: Vec<u64> = counts.split_whitespace().filter_map(|count| count.parse().ok()).collect();
        let count = |index: usize| counts.get(index).copied().unwrap_or(0);
        (received + count(RECEIVED), sent + count(SENT))
    }))
}

/// `8:0 Read 4096`
fn blocks_v1(file: &Path) -> (u64, u64) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let sum = |operation: &str| {
        let of = |line: &str| {
            let mut words = line.split_whitespace().skip(1);
            (words.next()? == operation).then(|| words.next()?.parse::<u64>().ok())?
        };
        text.lines().filter_map(of).sum()
    };
    (sum("Read"), sum("Write"))
}

/// `8:0 rbytes=4096 wbytes=0 …`
fn blocks_v2(file: &Path) -> (u64, u64) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let sum = |name: &str| {
        let fields = text.split_whitespace().filter_map(|word| word.split_once('='));
        fields.filter(|(key, _)| *key == name).filter_map(|(_, value)| value.parse::<u64>().ok()).sum()
    };
    (sum("rbytes"), sum("wbytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        root
    }

    const DEVICES: &str =
        "Inter-| Receive\n face |bytes\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 100 1 0 0 0 0 0 0 200 2 0\n";

    #[test]
    fn version_1() {
        let root = tree(&[
            (
                "proc/7/cgroup",
                "12:pids:/docker/abc\n5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:blkio:/docker/abc\n0::/\n",
            ),
            ("proc/7/net/dev", DEVICES),
            ("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "1000\n"),
            ("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/docker/abc/memory.stat", "cache 5\ntotal_inactive_file 300\n"),
            ("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpuacct.usage", "2000000\n"),
            ("sys/fs/cgroup/pids/docker/abc/pids.current", "4\n"),
            ("sys/fs/cgroup/pids/docker/abc/pids.max", "max\n"),
            (
                "sys/fs/cgroup/blkio/docker/abc/blkio.throttle.io_service_bytes",
                "8:0 Read 5\n8:0 Write 6\n8:16 Read 1\nTotal 12\n",
            ),
        ]);
        let group = Cgroup::below(root.path(), 7, "abc").unwrap();
        assert_eq!(group.cpu_time(), Some(Duration::from_millis(2)));
        let expected =
            Stats { memory_used: 700, pids: 4, network: Some((100, 200)), block: (6, 6), ..Stats::default() };
        assert_eq!(group.stats(), Some(expected));
    }

    #[test]
    fn version_2() {
        let place = "sys/fs/cgroup/system.slice/docker-abc.scope";
        let files = [
            ("proc/7/cgroup".to_owned(), "0::/system.slice/docker-abc.scope\n"),
            ("proc/7/net/dev".to_owned(), DEVICES),
            (format!("{place}/memory.current"), "1000\n"),
            (format!("{place}/memory.max"), "5000\n"),
            (format!("{place}/memory.stat"), "anon 1\ninactive_file 400\n"),
            (format!("{place}/cpu.stat"), "usage_usec 1500\nuser_usec 1\n"),
            (format!("{place}/pids.current"), "4\n"),
            (format!("{place}/pids.max"), "28\n"),
            (format!("{place}/io.stat"), "8:0 rbytes=5 wbytes=6 rios=1\n8:16 rbytes=1 wbytes=0\n"),
        ];
        let root = tree(&files.iter().map(|(path, content)| (path.as_str(), *content)).collect::<Vec<_>>());
        let group = Cgroup::below(root.path(), 7, "abc").unwrap();
        assert_eq!(group.cpu_time(), Some(Duration::from_micros(1500)));
        let expected = Stats {
            memory_used: 600,
            memory_limit: Some(5000),
            pids: 4,
            pids_limit: Some(28),
            network: Some((100, 200)),
            block: (6, 6),
            ..Stats::default()
        };
        assert_eq!(group.stats(), Some(expected));
    }

    #[test]
    fn a_process_of_another_container_is_not_taken_for_it() {
        let root = tree(&[("proc/7/cgroup", "5:memory:/docker/other\n0::/docker/other\n")]);
        assert!(Cgroup::below(root.path(), 7, "abc").is_none());
        assert!(Cgroup::below(root.path(), 8, "abc").is_none());
    }
}
