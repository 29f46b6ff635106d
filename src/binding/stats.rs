//! What a sandbox uses.

use cofferdam_core::protocol::stats::Stats;
use napi_derive::napi;

/// What a sandbox uses; see `SandboxStats` in index.d.ts. Times are in microseconds.
#[napi(object, object_from_js = false)]
pub struct NativeSandboxStats {
    pub cpu_used: Option<f64>,
    pub cpu_throttled: Option<f64>,
    pub memory_used: Option<f64>,
    pub memory_cache: Option<f64>,
    pub memory_peak: Option<f64>,
    pub memory_limit: Option<f64>,
    pub oom_kills: Option<f64>,
    pub pids_used: Option<f64>,
    pub pids_limit: Option<f64>,
    pub io_read: Option<f64>,
    pub io_written: Option<f64>,
    pub network_received: Option<f64>,
    pub network_sent: Option<f64>,
    pub disk_used: Option<f64>,
    pub disk_total: Option<f64>,
    pub processes: f64,
}

impl From<Stats> for NativeSandboxStats {
    #[expect(clippy::cast_precision_loss, reason = "no sandbox has 2^53 of anything")]
    fn from(stats: Stats) -> Self {
        let one = |count: Option<u64>| count.map(|count| count as f64);
        let two =
            |counts: Option<(u64, u64)>| (one(counts.map(|both| both.0)), one(counts.map(|both| both.1)));
        let ((io_read, io_written), (network_received, network_sent), (disk_used, disk_total)) =
            (two(stats.io), two(stats.network), two(stats.disk));
        Self {
            cpu_used: one(stats.cpu_us),
            cpu_throttled: one(stats.throttled_us),
            memory_used: one(stats.memory),
            memory_cache: one(stats.cache),
            memory_peak: one(stats.peak),
            memory_limit: one(stats.memory_limit),
            oom_kills: one(stats.oom_kills),
            pids_used: one(stats.pids),
            pids_limit: one(stats.pids_limit),
            io_read,
            io_written,
            network_received,
            network_sent,
            disk_used,
            disk_total,
            processes: stats.processes as f64,
        }
    }
}
