//! What a sandbox uses.

use serde::{Deserialize, Serialize};

/// What a sandbox uses, as its own kernel counts it. What the kernel does not count is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Processor time used since the container started, in microseconds.
    pub cpu_us: Option<u64>,
    /// For how long processes were kept from running by the limit on processor time, in microseconds.
    pub throttled_us: Option<u64>,
    /// Memory in bytes, without the page cache that the kernel could take back at once.
    pub memory: Option<u64>,
    /// Page cache in bytes.
    pub cache: Option<u64>,
    /// The most memory that was in use since the container started, page cache included, in bytes.
    pub peak: Option<u64>,
    /// The limit on memory in bytes.
    pub memory_limit: Option<u64>,
    /// How many processes the kernel has killed because memory ran out.
    pub oom_kills: Option<u64>,
    /// Processes and threads, those of the agent included.
    pub pids: Option<u64>,
    /// The limit on processes and threads.
    pub pids_limit: Option<u64>,
    /// Bytes read from and written to block devices.
    pub io: Option<(u64, u64)>,
    /// Bytes received and sent over the network, loopback excluded.
    pub network: Option<(u64, u64)>,
    /// Bytes used and in all of the file system that holds the workspace.
    pub disk: Option<(u64, u64)>,
    /// How many processes with a handle and commands run.
    pub processes: u64,
}
