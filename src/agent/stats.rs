//! What the sandbox uses.

use std::fs;

use cofferdam_cgroup::{
    File, Version, bytes_transferred, cpu_throttled, cpu_time, memory_cache, memory_limit, memory_peak,
    memory_used, oom_kills, pids, pids_limit,
};
use cofferdam_protocol::stats::Stats;
use nix::sys::statvfs::statvfs;

use crate::{agent::Agent, workspace::WORKSPACE};

/// Reads all counters. Each is one small file.
pub fn read(agent: &Agent) -> Stats {
    let mut stats = Version::ALL.into_iter().find_map(of_version).unwrap_or_default();
    stats.network = network(&fs::read_to_string("/proc/self/net/dev").unwrap_or_default());
    stats.disk = statvfs(WORKSPACE).ok().map(|found| {
        let used = found.blocks().saturating_sub(found.blocks_free());
        (used * found.fragment_size(), found.blocks() * found.fragment_size())
    });
    stats.processes = agent.commands.table.len() as u64;
    stats
}

/// What the container's cgroup counts; `None` if it is not of this version.
fn of_version(version: Version) -> Option<Stats> {
    let text = |file: File| fs::read_to_string(file.in_container(version)).ok();
    let usage = text(File::MemoryUsage)?;
    let stat = text(File::MemoryStat).unwrap_or_default();
    let microseconds = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    Some(Stats {
        cpu_us: text(File::CpuTime).and_then(|text| cpu_time(version, &text)).map(microseconds),
        throttled_us: text(File::CpuThrottled)
            .and_then(|text| cpu_throttled(version, &text))
            .map(microseconds),
        memory: memory_used(version, &usage, &stat),
        cache: memory_cache(version, &stat),
        peak: text(File::MemoryPeak).and_then(|text| memory_peak(&text)),
        memory_limit: text(File::MemoryLimit).and_then(|text| memory_limit(version, &text)),
        oom_kills: text(File::OomKills).and_then(|text| oom_kills(&text)),
        pids: text(File::Pids).and_then(|text| pids(&text)),
        pids_limit: text(File::PidsLimit).and_then(|text| pids_limit(&text)),
        io: text(File::Io).map(|text| bytes_transferred(version, &text)),
        ..Stats::default()
    })
}

/// Bytes received and sent on all interfaces but loopback, of the text of `/proc/net/dev`.
fn network(text: &str) -> Option<(u64, u64)> {
    let mut sums = (0, 0);
    // Two lines of headings.
    for line in text.lines().skip(2) {
        let (name, counters) = line.split_once(':')?;
        let mut counters = counters.split_whitespace().map(|word| word.parse::<u64>().ok());
        let (received, sent) = (counters.next()??, counters.nth(7)??);
        if name.trim() != "lo" {
            sums = (sums.0 + received, sums.1 + sent);
        }
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_interfaces_count_but_loopback() {
        let text = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets\n    \
            lo:     100       2    0    0    0     0          0         0      100       2    0    0    0     0       0          0\n  \
            eth0:    1000      10    0    0    0     0          0         0     2000      20    0    0    0     0       0          0\n  \
            eth1:       1       1    0    0    0     0          0         0        2       1    0    0    0     0       0          0\n";
        assert_eq!(network(text), Some((1001, 2002)));
        assert_eq!(network(""), Some((0, 0)));
        assert_eq!(network("a\nb\nnonsense\n"), None);
    }
}
