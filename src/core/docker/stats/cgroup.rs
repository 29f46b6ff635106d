use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use cofferdam_cgroup::{
    Directories, File, bytes_transferred, cpu_time, memory_limit, memory_used, pids, pids_limit,
};

use super::Stats;

/// The cgroup of a container on this machine.
#[derive(Debug)]
pub struct Cgroup {
    directories: Directories,
    /// The directory below `/proc` of a process in it.
    process: PathBuf,
}

impl Cgroup {
    /// The cgroup of a process in a container. `None` when the process belongs to another container, or when its cgroup
    /// can't be read from here.
    pub fn of(pid: i32, container: &str) -> Option<Self> {
        Self::below(Path::new("/"), pid, container)
    }

    fn below(root: &Path, pid: i32, container: &str) -> Option<Self> {
        let process = root.join(format!("proc/{pid}"));
        let membership = fs::read_to_string(process.join("cgroup")).ok()?;
        let directories = Directories::of_container(root, &membership, container)?;
        let group = Self { directories, process };
        group.cpu_time().map(|_| group)
    }

    /// Processor time used so far.
    pub fn cpu_time(&self) -> Option<Duration> {
        cpu_time(self.directories.version(), &self.read(File::CpuTime)?)
    }

    /// Everything but the processor.
    pub fn stats(&self) -> Option<Stats> {
        let version = self.directories.version();
        let stat = self.read(File::MemoryStat).unwrap_or_default();
        Some(Stats {
            memory_used: memory_used(version, &self.read(File::MemoryUsage)?, &stat)?,
            memory_limit: self.read(File::MemoryLimit).and_then(|limit| memory_limit(version, &limit)),
            pids: pids(&self.read(File::Pids)?)?,
            pids_limit: self.read(File::PidsLimit).and_then(|limit| pids_limit(&limit)),
            network: network(&self.process),
            block: bytes_transferred(version, &self.read(File::Io).unwrap_or_default()),
            ..Stats::default()
        })
    }

    fn read(&self, file: File) -> Option<String> {
        fs::read_to_string(self.directories.path(file)).ok()
    }
}

/// Bytes received and sent over all interfaces of the container except its loopback.
fn network(process: &Path) -> Option<(u64, u64)> {
    const RECEIVED: usize = 0;
    const SENT: usize = 8;
    // One that shares a network with the host has no traffic of its own.
    let namespace = |process: &Path| fs::read_link(process.join("ns/net")).ok();
    let own = namespace(process);
    let machine = ["1", "self"].map(|name| namespace(&process.with_file_name(name)));
    if own.is_some() && machine.contains(&own) {
        return None;
    }
    let text = fs::read_to_string(process.join("net/dev")).ok()?;
    let interfaces =
        text.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| name.trim() != "lo");
    Some(interfaces.fold((0, 0), |(received, sent), (_, counts)| {
        let counts: Vec<u64> = counts.split_whitespace().filter_map(|count| count.parse().ok()).collect();
        let count = |index: usize| counts.get(index).copied().unwrap_or(0);
        (received + count(RECEIVED), sent + count(SENT))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_with(files: &[(&str, &str)]) -> tempfile::TempDir {
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
    fn a_container_is_measured_under_version_1() {
        let root = root_with(&[
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
    fn a_container_is_measured_under_version_2() {
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
        let root =
            root_with(&files.iter().map(|(path, content)| (path.as_str(), *content)).collect::<Vec<_>>());
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
    fn a_process_of_another_container_has_no_cgroup_here() {
        let root = root_with(&[("proc/7/cgroup", "5:memory:/docker/other\n0::/docker/other\n")]);
        assert!(Cgroup::below(root.path(), 7, "abc").is_none());
        assert!(Cgroup::below(root.path(), 8, "abc").is_none());
    }
}
